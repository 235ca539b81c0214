"""Queue proxy and activator, as a client meets them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

IRIS = """
kubectl apply -n $NS -f - <<'END'
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata:
  name: iris
  annotations: {autoscaling.knative.dev/target-burst-capacity: "%s"}
spec:
  predictor:
    minReplicas: %d
    model:
      modelFormat: {name: sklearn}
      storageUri: gs://kfserving-examples/models/sklearn/1.0/model
END
kubectl wait -n $NS isvc/iris --for=condition=Ready --timeout=50s
URL=$(kubectl get -n $NS isvc/iris -o jsonpath='{.status.url}')
HOST=${URL#http://}
GATEWAY=127.0.0.1:$(kubectl -n istio-system get service istio-ingressgateway -o jsonpath='{.spec.ports[0].port}')
"""
POD = "kubectl get -n $NS pods -l serving.kserve.io/inferenceservice=iris"


@pytest.mark.row(client="curl", does="probe of the activator; the service sleeps on")
@pytest.mark.parametrize("stack", ["current"], indirect=True)
def test_activator_probe(typed: Callable[[str], str]) -> None:
    said = typed(
        IRIS % ("211", 0)
        + f'for i in $(seq 300); do [ -z "$({POD} --no-headers 2>/dev/null)" ] && break; sleep 0.15; done\n'
        + "curl -s -H \"Host: $HOST\" -H 'K-Network-Probe: activator' http://$GATEWAY/; echo\n"
        + "curl -s -H \"Host: $HOST\" -H 'K-Network-Probe: other' http://$GATEWAY/\n"
        + f"{POD} 2>&1"
    )
    assert "\nactivator\n" in said
    assert 'unexpected probe header value: "other"' in said
    assert "No resources found" in said


@pytest.mark.row(client="curl", does="probe of the queue proxy, its answer to an unknown probe")
@pytest.mark.parametrize("stack", ["current"], indirect=True)
def test_queue_proxy_probe(typed: Callable[[str], str]) -> None:
    said = typed(
        IRIS % ("0", 1)
        + f"IP=$({POD} -o jsonpath='{{.items[0].status.podIP}}')\n"
        + "curl -s -H 'K-Network-Probe: queue' http://$IP:8012/; echo\n"
        + "curl -s -H 'K-Network-Probe: x' http://$IP:8012/\n"
        + "curl -s -o /dev/null -w '%{http_code}' http://$IP:8012/v1/models/iris"
    )
    assert "\nqueue\n" in said
    assert 'unexpected probe header value: "x"\n200' in said
