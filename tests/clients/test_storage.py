"""Models from wherever KServe's storage initializer can fetch them, with credentials as its documentation has them."""

from __future__ import annotations

import http.server
import json
import tarfile
import tempfile
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from kserve_conformance.embedded.models import EXAMPLES, ModelStore
from tests.clients.test_runtimes import ROWS, Typed, ask
from tests.embedded_platform.conftest import Up

# The older Triton asks for a configuration, unless it is told not to.
FILL = {"tutorial": "args: [--strict-model-config=false]", "current": "resources: {}"}
BUCKET, KEY, SECRET = "models", "an-access-key", "a-secret-key"


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The host and port of an S3 server that has the iris classifier at `s3://models/iris`."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    credentials = {"aws_access_key_id": KEY, "aws_secret_access_key": SECRET, "region_name": "us-east-1"}
    client = boto3.client("s3", endpoint_url=f"http://{host}:{port}", **credentials)
    client.create_bucket(Bucket=BUCKET)
    client.put_object(Bucket=BUCKET, Key="iris/model.joblib", Body=_model())
    yield f"{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A web server with the iris classifier as a file and in an archive, and a repository of Triton's."""
    folder = tmp_path_factory.mktemp("web")
    (folder / "net" / "1").mkdir(parents=True)
    (folder / "net" / "1" / "model.pt").write_bytes(b"not looked at")
    with tarfile.open(folder / "torchscript.tar.gz", "w:gz") as archive:
        archive.add(folder / "net", "net")
    (folder / "model.joblib").write_bytes(_model())
    with tarfile.open(folder / "model.tar.gz", "w:gz") as archive:
        archive.add(folder / "model.joblib", "model.joblib")
    handler = partial(_Files, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class _Files(http.server.SimpleHTTPRequestHandler):
    """Files below `/secret/` only for who knows the token."""

    extensions_map = {".gz": "application/x-tar", "": "application/octet-stream"}  # noqa: RUF012 - the base class's

    def do_GET(self) -> None:
        if self.path.startswith("/secret/"):
            if self.headers.get("Authorization") != "Bearer token":
                self.send_error(401)
                return
            self.path = self.path.removeprefix("/secret")
        super().do_GET()

    def log_message(self, *_: object) -> None:
        """Nothing on the terminal."""


def _model() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        ModelStore().fetch(EXAMPLES + "sklearn/1.0/model", Path(folder))
        return (Path(folder) / "model.joblib").read_bytes()


def serve(typed: Typed, model: str, account: str = "") -> None:
    """An InferenceService `iris` whose model is described in flow style; waits until it is ready."""
    typed(f"""
kubectl apply -n $NS -f - <<'END'
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: {{name: iris}}
spec:
  predictor: {{{account}model: {{modelFormat: {{name: sklearn}}, {model}}}}}
END
kubectl wait -n $NS --for=condition=Ready isvc/iris --timeout=50s
""")


def answers(up: Up, namespace: str) -> None:
    assert ask(up, namespace, "iris", "/v1/models/iris:predict", ROWS).json() == {"predictions": [1, 1]}


def failure(typed: Typed, model: str) -> str:
    """What the storage initializer of an InferenceService ended with."""
    return typed(f"""
kubectl apply -n $NS -f - <<'END'
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: {{name: iris}}
spec: {{predictor: {{model: {{modelFormat: {{name: sklearn}}, {model}}}}}}}
END
for _ in $(seq 200); do
  kubectl get pods -n $NS -o jsonpath='{{.items[*].status.initContainerStatuses[*]..message}}' | grep failed: && exit
  sleep 0.2
done
exit 1
""")


@pytest.mark.row(client="kubectl", does="runtime: Triton with another model than ONNX", refused=True)
def test_triton_without_the_backend(typed: Typed, web: str, stack: str) -> None:
    """As on a cluster whose Triton has not that backend: the model fails to load, and its service says so."""
    said = typed(f"""
kubectl apply -n $NS -f - <<'END'
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: {{name: net}}
spec: {{predictor: {{triton: {{storageUri: {web}/torchscript.tar.gz, {FILL[stack]}}}}}}}
END
for _ in $(seq 150); do
  kubectl get isvc -n $NS net -o jsonpath='{{.status.modelStatus}}' | grep FailedToLoad && exit
  sleep 0.2
done
exit 1
""")
    status = json.loads(said.splitlines()[-1])
    assert status["transitionStatus"] == "BlockedByFailedLoad"
    failure = status["lastFailureInfo"]
    assert (failure["reason"], failure["exitCode"]) == ("ModelLoadFailed", 1)
    assert "unable to find 'libtriton_pytorch.so' for model 'net'" in failure["message"]
    assert failure["message"].endswith("error: creating server: Internal - failed to load all models\n")


@pytest.mark.row(client="kubectl", does="storage: S3, Secret of a ServiceAccount")
def test_s3_with_a_service_account(up: Up, namespace: str, typed: Typed, s3: str) -> None:
    typed(f"""
kubectl apply -n $NS -f - <<END
apiVersion: v1
kind: Secret
metadata:
  name: s3creds
  annotations:
    serving.kserve.io/s3-endpoint: "{s3}"
    serving.kserve.io/s3-usehttps: "0"
    serving.kserve.io/s3-region: us-east-1
stringData: {{AWS_ACCESS_KEY_ID: {KEY}, AWS_SECRET_ACCESS_KEY: {SECRET}}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {{name: sa}}
secrets: [{{name: s3creds}}]
END""")
    serve(typed, f"storageUri: s3://{BUCKET}/iris", account="serviceAccountName: sa, ")
    answers(up, namespace)
    env = json.loads(
        typed("kubectl get pods -n $NS -o jsonpath='{.items[0].spec.initContainers[0].env}'"),
    )
    assert {each["name"]: each.get("value") for each in env} == {
        "AWS_ACCESS_KEY_ID": None,
        "AWS_SECRET_ACCESS_KEY": None,
        "S3_USE_HTTPS": "0",
        "S3_ENDPOINT": s3,
        "AWS_ENDPOINT_URL": f"http://{s3}",
        "AWS_DEFAULT_REGION": "us-east-1",
    }


@pytest.mark.row(client="kubectl", does="storage: storage-config")
def test_storage_spec(up: Up, namespace: str, typed: Typed, s3: str) -> None:
    config = {
        "type": "s3",
        "bucket": BUCKET,
        "endpoint_url": f"http://{s3}",
        "access_key_id": KEY,
        "secret_access_key": SECRET,
        "region": "us-east-1",
    }
    typed(f"kubectl create secret generic -n $NS storage-config --from-literal=local='{json.dumps(config)}'")
    serve(typed, "storage: {key: local, path: iris}")
    answers(up, namespace)


@pytest.mark.row(client="kubectl", does="storage: storage-config without the key")
def test_storage_spec_without_its_key(typed: Typed) -> None:
    typed("kubectl create secret generic -n $NS storage-config --from-literal=other='{}'")
    events = typed("""
kubectl apply -n $NS -f - <<END
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: {name: iris}
spec: {predictor: {model: {modelFormat: {name: sklearn}, storage: {key: local, path: iris}}}}
END
for _ in $(seq 100); do
  kubectl get events -n $NS -o jsonpath='{.items[*].message}' | grep 'storage key' && exit
  sleep 0.2
done
exit 1
""")
    assert "specified storage key local not found in storage secret storage-config" in events


@pytest.mark.row(client="kubectl", does="storage: http")
def test_http(up: Up, namespace: str, typed: Typed, web: str) -> None:
    serve(typed, f"storageUri: '{web}/model.joblib'")
    answers(up, namespace)


@pytest.mark.row(client="kubectl", does="storage: http, an archive")
def test_http_archive(up: Up, namespace: str, typed: Typed, web: str) -> None:
    serve(typed, f"storageUri: '{web}/model.tar.gz'")
    answers(up, namespace)


@pytest.mark.row(client="kubectl", does="storage: http with headers from a Secret")
def test_http_with_headers(up: Up, namespace: str, typed: Typed, web: str) -> None:
    typed("""
kubectl apply -n $NS -f - <<'END'
apiVersion: v1
kind: Secret
metadata: {name: web}
stringData: {https-host: 127.0.0.1, headers: '{"Authorization": "Bearer token"}'}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: sa}
secrets: [{name: web}]
END""")
    serve(typed, f"storageUri: '{web}/secret/model.joblib'", account="serviceAccountName: sa, ")
    answers(up, namespace)


@pytest.mark.row(client="kubectl", does="storage: http that is refused")
def test_http_without_headers(typed: Typed, web: str) -> None:
    assert "HTTP authentication failed" in failure(typed, f"storageUri: '{web}/secret/model.joblib'")


@pytest.mark.row(client="kubectl", does="storage: nothing there")
def test_nothing_there(typed: Typed) -> None:
    uri = EXAMPLES + "sklearn/1.0/none"
    assert f"Failed to fetch model. No model found in {uri}." in failure(typed, f"storageUri: {uri}")


@pytest.mark.row(client="kubectl", does="storage: persistent volume claim")
def test_claim(up: Up, namespace: str, stack: str, typed: Typed) -> None:
    folder = typed("""
kubectl apply -n $NS -f - <<END >/dev/null
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: models}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
END
kubectl wait -n $NS --for=jsonpath='{.status.phase}'=Bound pvc/models --timeout=20s >/dev/null
VOLUME=$(kubectl get pvc -n $NS models -o jsonpath='{.spec.volumeName}')
kubectl get pv $VOLUME -o jsonpath='{.spec.hostPath.path}'""")
    (Path(folder) / "iris").mkdir()
    (Path(folder) / "iris" / "model.joblib").write_bytes(_model())
    serve(typed, "storageUri: pvc://models/iris")
    answers(up, namespace)
    initializers = typed("kubectl get pods -n $NS -o jsonpath='{.items[0].spec.initContainers[*].args[0]}'")
    assert initializers == {"tutorial": "/mnt/pvc/iris", "current": ""}[stack]
