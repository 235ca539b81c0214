"""InferenceGraphs, made with kubectl and called with curl."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

Typed = Callable[[str], str]

SERVICE = """
kubectl apply -n $NS -f - <<EOF
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: {name: iris}
spec: {predictor: {model: {modelFormat: {name: sklearn}, storageUri: gs://kfserving-examples/models/sklearn/1.0/model}}}
EOF
kubectl wait -n $NS isvc iris --for=condition=Ready --timeout=50s
"""
GRAPH = """
kubectl apply -n $NS -f - <<EOF
apiVersion: serving.kserve.io/v1alpha1
kind: InferenceGraph
metadata: {{name: graph}}
spec: {{nodes: {nodes}}}
EOF
"""
READY = "kubectl wait -n $NS inferencegraph graph --for=condition=Ready --timeout=50s"
CALL = """
URL=$(kubectl get ig graph -n $NS -o jsonpath='{{.status.url}}')
GATEWAY=$(kubectl -n istio-system get service istio-ingressgateway \
  -o jsonpath='{{.status.loadBalancer.ingress[0].ip}}:{{.spec.ports[?(@.name=="http2")].port}}')
curl -s -w '\\n%{{http_code}}' -H "Host: ${{URL#http://}}" -H "Content-Type: application/json" \\
  http://$GATEWAY/ -d '{body}'
"""
ONE = {"instances": [[6.8, 2.8, 4.8, 1.4]]}
BROKEN = {"serviceUrl": "http://iris.$NS.svc.cluster.local/v1/models/nothing:predict", "name": "broken"}


def graph(**nodes: Any) -> str:
    return GRAPH.format(nodes=json.dumps(nodes).replace("$request", r"\$request"))  # the router's, not the shell's


def up_with(typed: Typed, **nodes: Any) -> None:
    typed(SERVICE)
    typed(graph(**nodes))
    typed(READY)


def call(typed: Typed, body: Any) -> tuple[int, Any]:
    text, _, code = typed(CALL.format(body=json.dumps(body))).strip().rpartition("\n")
    return int(code), json.loads(text)


@pytest.mark.row(client="kubectl, curl", does="InferenceGraph: Sequence")
def test_sequence(typed: Typed, stack: str) -> None:
    steps = [{"serviceName": "iris"}, {"data": "$request", "condition": "predictions", **BROKEN}]
    up_with(typed, root={"routerType": "Sequence", "steps": steps})
    code, answer = call(typed, ONE)
    assert "error" in answer
    assert code == (200 if stack == "tutorial" else 404)  # older routers lose the step's status
    assert "InferenceGraphReady" in typed("kubectl get events -n $NS --field-selector involvedObject.name=graph")


@pytest.mark.row(client="kubectl, curl", does="InferenceGraph: Switch, nested nodes")
def test_switch(typed: Typed, stack: str) -> None:
    up_with(
        typed,
        root={
            "routerType": "Switch",
            "steps": [
                {"nodeName": "model", "condition": "[@this].#(kind==flower)"},
                {"condition": "[@this].#(kind==rock)", **BROKEN},
            ],
        },
        model={"routerType": "Sequence", "steps": [{"serviceName": "iris"}]},
    )
    assert call(typed, {**ONE, "kind": "flower"}) == (200, {"predictions": [1]})
    assert "error" in call(typed, {**ONE, "kind": "rock"})[1]
    neither = {**ONE, "kind": "animal"}
    cause = "None of the routes matched with the switch condition"
    refused = (404, {"error": "Failed to process request", "cause": cause})
    assert call(typed, neither) == ((200, neither) if stack == "tutorial" else refused)


@pytest.mark.row(client="kubectl, curl", does="InferenceGraph: Ensemble")
def test_ensemble(typed: Typed) -> None:
    steps = [{"serviceName": "iris", "name": "svc"}, {"serviceName": "iris"}]
    up_with(typed, root={"routerType": "Ensemble", "steps": steps})
    assert call(typed, ONE) == (200, {"svc": {"predictions": [1]}, "1": {"predictions": [1]}})


@pytest.mark.row(client="kubectl, curl", does="InferenceGraph: Splitter")
def test_splitter(typed: Typed) -> None:
    steps = [{"serviceName": "iris", "weight": 100}, {"weight": 0, **BROKEN}]
    up_with(typed, root={"routerType": "Splitter", "steps": steps})
    assert call(typed, ONE) == (200, {"predictions": [1]})


@pytest.mark.row(client="kubectl", does="InferenceGraph: refused by the webhook")
def test_webhook(typed: Typed) -> None:
    half = graph(root={"routerType": "Splitter", "steps": [{"serviceName": "iris", "weight": 50}]})
    assert "the sum of traffic weights for all routing targets should be 100" in typed(f"({half}) 2>&1 || true")


@pytest.mark.row(client="kubectl", does="InferenceGraph: gjson beyond paths and queries", refused=True)
def test_gjson_modifier(typed: Typed) -> None:
    modified = graph(root={"routerType": "Switch", "steps": [{"serviceName": "iris", "condition": "@reverse"}]})
    said = typed(f"({modified}) 2>&1 || true")
    assert "the embedded platform does not offer the gjson syntax @reverse yet" in said
