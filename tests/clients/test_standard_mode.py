"""Standard deployment mode: Deployments, Services, autoscalers and Ingresses instead of Knative's objects."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

Typed = Callable[[str], str]

APPLY = """
kubectl apply -n $NS -f - <<EOF
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: {metadata}
spec: {spec}
EOF
"""
MODEL = {"modelFormat": {"name": "sklearn"}, "storageUri": "gs://kfserving-examples/models/sklearn/1.0/model"}
WAIT = "kubectl wait -n $NS isvc iris --for=condition=Ready --timeout=50s"
GATEWAY = """
GATEWAY=$(kubectl -n istio-system get service istio-ingressgateway \\
  -o jsonpath='{.status.loadBalancer.ingress[0].ip}:{.spec.ports[?(@.name=="http2")].port}')
HOST=$(kubectl get isvc iris -n $NS -o jsonpath='{.status.url}' | cut -d / -f 3)
"""
CURL = """curl -s -H "Host: $HOST" -H "Content-Type: application/json" \\
  http://$GATEWAY/v1/models/iris:predict -d '{"instances": [[6.8, 2.8, 4.8, 1.4]]}'"""
CURRENT = pytest.mark.parametrize("stack", ["current"], indirect=True)


def service(*, annotations: dict[str, str] | None = None, **predictor: Any) -> str:
    """In the old words for the mode, which both stacks take."""
    mode = {"serving.kserve.io/deploymentMode": "RawDeployment", **(annotations or {})}
    return APPLY.format(
        metadata=json.dumps({"name": "iris", "annotations": mode}),
        spec=json.dumps({"predictor": {"model": MODEL, **predictor}}),
    )


def objects(typed: Typed) -> set[str]:
    return set(typed("kubectl get deploy,svc,hpa,ing,ksvc -n $NS -o name --ignore-not-found").split())


def mode_of(typed: Typed) -> str:
    return typed("kubectl get isvc iris -n $NS -o jsonpath='{.status.deploymentMode}'")


@pytest.mark.row(client="kubectl, curl", does="InferenceService: Standard (raw) mode")
def test_a_service(typed: Typed, stack: str) -> None:
    typed(service())
    typed(WAIT)
    assert json.loads(typed(GATEWAY + CURL)) == {"predictions": [1]}
    name = "iris-predictor-default" if stack == "tutorial" else "iris-predictor"
    assert objects(typed) == {
        f"deployment.apps/{name}",
        f"service/{name}",
        f"horizontalpodautoscaler.autoscaling/{name}",
        "ingress.networking.k8s.io/iris",
    }
    assert mode_of(typed) == ("" if stack == "tutorial" else "Standard")


@pytest.mark.row(client="kubectl", does="Standard mode: change of the mode")
def test_the_mode_stays(typed: Typed, stack: str) -> None:
    typed(service())
    typed(WAIT)
    change = "kubectl annotate isvc iris -n $NS --overwrite serving.kserve.io/deploymentMode=Serverless"
    said = typed(f"{change} 2>&1 || true")
    refusal = "update rejected: deploymentMode cannot be changed from 'Standard' to 'Knative'"
    assert (refusal in said) == (stack == "current")


@CURRENT
@pytest.mark.row(client="kubectl", does="Standard mode: stop and start")
def test_stop(typed: Typed) -> None:
    typed(service())
    typed(WAIT)
    typed("kubectl annotate isvc iris -n $NS serving.kserve.io/stop=true")
    typed("kubectl wait -n $NS isvc iris --for=condition=Stopped --timeout=30s")
    assert objects(typed) == set()
    typed("kubectl annotate isvc iris -n $NS serving.kserve.io/stop-")
    typed(WAIT)


@CURRENT
@pytest.mark.row(client="kubectl", does="Standard mode: autoscalerClass none")
def test_no_autoscaler(typed: Typed) -> None:
    typed(service(annotations={"serving.kserve.io/autoscalerClass": "none"}, minReplicas=2))
    typed(WAIT)
    typed("kubectl rollout status deployment iris-predictor -n $NS --timeout=30s")
    assert typed("kubectl get deploy iris-predictor -n $NS -o jsonpath='{.status.readyReplicas}'") == "2"
    assert not [each for each in objects(typed) if "autoscal" in each]


@CURRENT
@pytest.mark.row(client="kubectl, curl", does="Standard mode: HPA scales on CPU")
def test_the_autoscaler_scales(typed: Typed) -> None:
    tiny = {**MODEL, "resources": {"requests": {"cpu": "5m", "memory": "64Mi"}}}
    typed(service(model=tiny, maxReplicas=2))
    typed(WAIT)
    typed(f"{GATEWAY}for i in $(seq 1500); do {CURL} > /dev/null; done & LOAD=$!\n" + SCALED + "kill $LOAD || true")
    assert "SuccessfulRescale" in typed("kubectl get events -n $NS")


SCALED = """
kubectl wait -n $NS deployment iris-predictor --for=jsonpath='{.spec.replicas}'=2 --timeout=50s
"""


@CURRENT
@pytest.mark.row(client="kubectl, curl", does="Standard mode: InferenceGraph, in-cluster names")
def test_graph(typed: Typed) -> None:
    typed(service())
    typed(WAIT)
    graph = """
kubectl apply -n $NS -f - <<EOF
apiVersion: serving.kserve.io/v1alpha1
kind: InferenceGraph
metadata: {name: MODE, annotations: {serving.kserve.io/deploymentMode: MODE}}
spec: {nodes: {root: {routerType: Sequence, steps: [STEP]}}}
EOF
kubectl wait -n $NS ig NAME --for=condition=Ready --timeout=50s
"""
    inner = graph.replace("name: MODE", "name: inner").replace("NAME", "inner").replace("MODE", "Standard")
    typed(inner.replace("STEP", "{serviceName: iris}"))
    typed("kubectl rollout status deployment inner -n $NS --timeout=30s")
    outer = graph.replace("name: MODE", "name: outer").replace("NAME", "outer").replace("MODE", "Knative")
    typed(outer.replace("STEP", "{serviceUrl: 'http://inner.$NS.svc.cluster.local'}"))
    host = "HOST=$(kubectl get ig outer -n $NS -o jsonpath='{.status.url}' | cut -d / -f 3)\n"
    assert json.loads(typed(GATEWAY + host + CURL)) == {"predictions": [1]}


@CURRENT
@pytest.mark.row(client="kubectl", does="Standard mode: autoscaler KEDA", refused=True)
def test_keda(typed: Typed) -> None:
    said = typed(f"({service(annotations={'serving.kserve.io/autoscalerClass': 'keda'})}) 2>&1 || true")
    assert "the embedded platform does not offer the autoscaler KEDA yet" in said


@CURRENT
@pytest.mark.row(client="kubectl", does="Standard mode: Gateway API", refused=True)
def test_gateway_api(typed: Typed) -> None:
    said = typed("""
kubectl get cm inferenceservice-config -n kserve -o json \\
  | sed 's/\\\\"enableGatewayApi\\\\": false/\\\\"enableGatewayApi\\\\": true/' \\
  | kubectl apply --dry-run=server -f - 2>&1 || true""")
    assert "the embedded platform does not offer enableGatewayApi=True yet" in said
