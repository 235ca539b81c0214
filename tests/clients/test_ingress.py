"""The way in: hosts, protocols and headers at the gateway."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import grpc
import httpx
import pytest
from kserve import InferenceGRPCClient, InferInput, InferRequest, InferResponse
from kserve.protocol.grpc import grpc_predict_v2_pb2 as v2
from kserve.protocol.grpc.grpc_predict_v2_pb2_grpc import GRPCInferenceServiceStub

from tests.embedded_platform.conftest import Up

IRIS = """
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: {name: %s}
spec:
  predictor:
    minReplicas: %d
    model:
      modelFormat: {name: sklearn}
      storageUri: gs://kfserving-examples/models/sklearn/1.0/model
"""
ROW = [6.8, 2.8, 4.8, 1.4]
QUESTION = json.dumps({"instances": [ROW]})
WITHIN = 30.0


def applied(up: Up, namespace: str, manifest: str, name: str) -> str:
    """Its host, once it is Ready."""
    script = f"kubectl apply -n {namespace} -f - <<'END'\n{manifest}\nEND\n"
    script += f"kubectl wait -n {namespace} isvc/{name} --for=condition=Ready --timeout=50s >/dev/null\n"
    script += f"kubectl get -n {namespace} isvc/{name} -o jsonpath='{{.status.url}}'"
    done = up.shell(script)
    assert done.returncode == 0, done.stdout + done.stderr
    return str(done.stdout).rpartition("http://")[2]


@pytest.fixture(scope="module")
def hosts() -> dict[str, str]:
    return {}


@pytest.fixture
def host(up: Up, stack: str, hosts: dict[str, str]) -> str:
    """Of a service that all tests of a stack share."""
    if stack not in hosts:
        up.shell("kubectl create namespace ingress")
        hosts[stack] = applied(up, "ingress", IRIS % ("iris", 1), "iris")
    return hosts[stack]


@pytest.fixture
def http(up: Up) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=up.gateway, timeout=WITHIN) as client:
        yield client


@pytest.mark.row(client="curl", does="unknown host")
def test_unknown_host(up: Up) -> None:
    answer = up.shell(f"curl -s -i -H 'Host: nobody.example.com' {up.gateway}/").stdout.lower()
    assert answer.startswith("http/1.1 404")
    assert "server: istio-envoy" in answer
    assert "x-envoy-upstream-service-time" not in answer
    assert answer.endswith("\n\n")


@pytest.mark.row(client="curl", does="known host, unknown path")
def test_unknown_path(up: Up, host: str) -> None:
    answer = up.shell(f"curl -s -i -H 'Host: {host}' {up.gateway}/nope").stdout.lower()
    assert answer.startswith("http/1.1 404")
    assert "server: istio-envoy" in answer
    assert "x-envoy-upstream-service-time: " in answer
    assert '{"detail":"not found"}' in answer


@pytest.mark.row(client="curl", does="Host with a port, in capitals, with a trailing dot")
def test_spellings_of_a_host(http: httpx.Client, host: str) -> None:
    for spelling in (f"{host}:8080", host.upper(), f"{host}."):
        assert http.get("/v1/models/iris", headers={"Host": spelling}).status_code == 200


@pytest.mark.row(client="curl", does="HTTP/1.0 is refused as Istio does")
def test_http10(up: Up, host: str) -> None:
    answer = up.shell(f"curl -s -i --http1.0 -H 'Host: {host}' {up.gateway}/v1/models/iris").stdout
    assert " 426 " in answer.partition("\n")[0]


@pytest.mark.row(client="httpx", does="prediction over HTTP/2 without TLS")
def test_http2(up: Up, host: str) -> None:
    with httpx.Client(http1=False, http2=True, timeout=WITHIN) as client:
        url = f"{up.gateway}/v1/models/iris:predict"
        answer = client.post(url, content=QUESTION, headers={"Host": host, "Content-Type": "application/json"})
    assert (answer.http_version, answer.status_code) == ("HTTP/2", 200)
    assert answer.json() == {"predictions": [1]}


@pytest.mark.row(client="curl", does="a payload of 10 MB, in chunks")
def test_large_payload(up: Up, host: str) -> None:
    rows = 300_000
    script = f"""python3 -c 'print("{{\\"instances\\": [" + ",".join(["[6.8,2.8,4.8,1.4]"] * {rows}) + "]}}")' |
    curl -s -H 'Host: {host}' -H 'Content-Type: application/json' -H 'Transfer-Encoding: chunked' --data-binary @- \\
      {up.gateway}/v1/models/iris:predict | wc -c"""
    done = up.shell(script)
    assert int(done.stdout) > 2 * rows, done.stderr


@pytest.mark.row(client="curl", does="service of the cluster only")
def test_cluster_local(up: Up, namespace: str, http: httpx.Client) -> None:
    manifest = (IRIS % ("inner", 1)).replace(
        "{name: inner}", "{name: inner, labels: {networking.knative.dev/visibility: cluster-local}}"
    )
    host = applied(up, namespace, manifest, "inner")
    assert host == f"inner.{namespace}.svc.cluster.local"
    assert http.get("/v1/models/inner", headers={"Host": host}).status_code == 404
    block = up.shell("kubectl get nodes -o jsonpath='{.items[0].status.addresses[0].address}'").stdout.split(".")[1]
    answer = http.get(f"http://127.{block}.0.2:8081/v1/models/inner", headers={"Host": host})
    assert answer.status_code == 200


GRPC = """
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: {name: spoken}
spec:
  predictor:
    minReplicas: 0
    model:
      modelFormat: {name: sklearn}
      runtime: kserve-sklearnserver
      storageUri: gs://kfserving-examples/models/sklearn/1.0/model
      ports: [{name: h2c, containerPort: 8081, protocol: TCP}]
"""


@pytest.mark.row(client="grpcio", does="prediction, also from zero")
@pytest.mark.parametrize("stack", ["current"], indirect=True)
def test_grpc(up: Up, namespace: str) -> None:
    host = applied(up, namespace, GRPC, "spoken")
    ksvc = f"kubectl get -n {namespace} pods -l serving.kserve.io/inferenceservice=spoken --no-headers"
    gone = up.shell(f'for i in $(seq 300); do [ -z "$({ksvc} 2>/dev/null)" ] && exit 0; sleep 0.15; done; exit 1')
    assert gone.returncode == 0, gone.stderr
    with grpc.insecure_channel(
        up.gateway.removeprefix("http://"), options=[("grpc.default_authority", host)]
    ) as channel:
        stub = GRPCInferenceServiceStub(channel)
        contents = v2.InferTensorContents(fp32_contents=ROW)
        tensor = v2.ModelInferRequest.InferInputTensor(name="in", shape=[1, 4], datatype="FP32", contents=contents)
        answer = stub.ModelInfer(v2.ModelInferRequest(model_name="spoken", inputs=[tensor]), timeout=WITHIN)
        assert list(answer.outputs[0].contents.int64_contents or answer.outputs[0].contents.int_contents) == [1]
        with pytest.raises(grpc.RpcError) as failed:
            stub.ModelReady(v2.ModelReadyRequest(name="nobody"), timeout=WITHIN)
        assert failed.value.code() == grpc.StatusCode.NOT_FOUND


@pytest.mark.row(client="InferenceGRPCClient", does="V2 through the gateway: live, ready, infer")
@pytest.mark.parametrize("stack", ["current"], indirect=True)
def test_grpc_of_the_sdk(up: Up, namespace: str) -> None:
    host = applied(up, namespace, GRPC, "spoken")

    async def scene() -> InferResponse:
        client = InferenceGRPCClient(
            up.gateway.removeprefix("http://"), channel_args=[("grpc.default_authority", host)], timeout=WITHIN
        )
        try:
            assert await client.is_server_live()
            assert await client.is_model_ready("spoken")
            tensor = InferInput(name="in", shape=[1, 4], datatype="FP32", data=ROW)
            return await client.infer(InferRequest(model_name="spoken", infer_inputs=[tensor]))
        finally:
            await client.close()

    assert asyncio.run(scene()).outputs[0].data == [1]


@pytest.mark.row(client="kubectl", does="delete the ingress gateway's pod")
@pytest.mark.parametrize("stack", ["current"], indirect=True)
def test_gateway_restart(up: Up, host: str, http: httpx.Client) -> None:
    script = """kubectl -n istio-system delete pod -l app=istio-ingressgateway --wait=true --timeout=40s
    kubectl -n istio-system rollout status deploy/istio-ingressgateway --timeout=40s"""
    assert up.shell(script).returncode == 0
    assert http.get("/v1/models/iris", headers={"Host": host}).status_code == 200
