"""The published tutorial from "First InferenceService" on, typed as it is printed."""

from __future__ import annotations

import fcntl
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

APPLY = """
kubectl apply -n kserve -f - <<EOF
apiVersion: "serving.kserve.io/v1beta1"
kind: "InferenceService"
metadata:
  name: "sklearn-iris"
spec:
  predictor:
    {minimum}
    model:
      modelFormat:
        name: sklearn
      storageUri: "gs://kfserving-examples/models/sklearn/1.0/model"
EOF
"""
FIRST = APPLY.replace("    {minimum}\n", "")
TO_ZERO = APPLY.replace("{minimum}", "minReplicas: 0")
WAIT = "kubectl wait -n kserve isvc sklearn-iris --for=condition=Ready --timeout=30s"
ADDRESS = """
export INGRESS_HOST=$(kubectl -n istio-system get service istio-ingressgateway \
  -o jsonpath='{.status.loadBalancer.ingress[0].ip}')
export INGRESS_PORT=$(kubectl -n istio-system get service istio-ingressgateway \
  -o jsonpath='{.spec.ports[?(@.name=="http2")].port}')
echo '{"instances": [[6.8, 2.8, 4.8, 1.4], [6.0, 3.4, 4.5, 1.6]]}' > iris-input.json
SERVICE_HOSTNAME=$(kubectl get inferenceservice sklearn-iris -n kserve -o jsonpath='{.status.url}' | cut -d "/" -f 3)
"""
TO_MODEL = '"http://${INGRESS_HOST}:${INGRESS_PORT}/v1/models/sklearn-iris:predict" -d @./iris-input.json'
CURL = 'curl -v -H "Host: ${SERVICE_HOSTNAME}" -H "Content-Type: application/json" ' + TO_MODEL
BARE_CURL = 'curl -v -H "Host: ${SERVICE_HOSTNAME}" ' + TO_MODEL
# In another terminal, the tutorial says; here it ends with the script.
PORT_FORWARD = """
kubectl port-forward -n istio-system service/istio-ingressgateway 8080:80 > forwarding &
trap "kill $!" EXIT
for i in $(seq 300); do grep -q "127.0.0.1:8080 -> " forwarding && break; sleep 0.1; done
"""
FORWARDED = "export INGRESS_HOST=localhost INGRESS_PORT=8080\n"
PODS = "kubectl get pods -n kserve -l serving.kserve.io/inferenceservice=sklearn-iris -o name"


@contextmanager
def port_8080() -> Iterator[None]:
    """The tutorial's port: one test at a time has it."""
    with (Path(tempfile.gettempdir()) / "kserve-conformance-port-8080").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.mark.parametrize("stack", ["tutorial", "current"])
def test_the_journey(bring: Callable[..., Any], stack: str, tmp_path: Any) -> None:
    up = bring("--stack", stack)

    def typed(script: str) -> str:
        done = up.shell(f"cd {tmp_path}\n{script}")
        assert done.returncode == 0, done.stdout + done.stderr
        return str(done.stdout)

    assert "created" in typed(FIRST)
    typed(WAIT)
    pods = typed("kubectl get pods -n kserve")
    name = next(line.split()[0] for line in pods.splitlines() if line.startswith("sklearn-iris-predictor"))
    assert "Running" in pods
    assert "kserve-container" in typed(f"kubectl describe pod {name} -n kserve")
    listed = typed("kubectl get isvc -A")
    assert listed.split()[:4] == ["NAMESPACE", "NAME", "URL", "READY"]
    assert "http://sklearn-iris.kserve.example.com" in listed
    assert "EXTERNAL-IP" in typed("kubectl get svc istio-ingressgateway -n istio-system")
    assert json.loads(typed(ADDRESS + CURL)) == {"predictions": [1, 1]}
    with port_8080():
        assert json.loads(typed(PORT_FORWARD + ADDRESS + FORWARDED + CURL)) == {"predictions": [1, 1]}
    without_type = typed(ADDRESS + BARE_CURL)
    if stack == "tutorial":
        assert json.loads(without_type) == {"predictions": [1, 1]}
    else:  # KServe 0.11 and later take a body of another type for no prediction request
        assert "error" in json.loads(without_type)

    assert "configured" in typed(TO_ZERO)
    typed(f'for i in $(seq 300); do [ -z "$({PODS})" ] && exit 0; sleep 0.1; done; exit 1')
    assert json.loads(typed(ADDRESS + CURL)) == {"predictions": [1, 1]}
    assert typed(PODS).count("pod/") == 1
