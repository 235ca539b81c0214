"""The InferenceGraph controller and its webhook, without a router behind."""

from __future__ import annotations

import json

import pytest

from kserve_conformance.embedded.apiserver.resources import (
    CONFIG_MAPS,
    EVENTS,
    INFERENCE_GRAPHS,
    INFERENCE_SERVICES,
    KNATIVE_SERVICES,
)
from kserve_conformance.embedded.controllers.inference_graph import InferenceGraphReconciler
from kserve_conformance.embedded.errors import ApiError
from kserve_conformance.embedded.objects import Key, Obj, condition, is_true
from tests.embedded_kserve.conftest import NAMESPACE, World

KEY = Key(NAMESPACE, "graph")
CHAIN = {"root": {"routerType": "Sequence", "steps": [{"serviceName": "iris"}]}}


def graph(nodes: object = CHAIN, **metadata: object) -> Obj:
    return {"metadata": {"name": "graph", "namespace": NAMESPACE, **metadata}, "spec": {"nodes": nodes}}


def addressed(world: World, iris: Obj) -> None:
    """An InferenceService with an address."""
    created = world.store.create(INFERENCE_SERVICES, iris)
    url = f"http://iris.{NAMESPACE}.svc.cluster.local"
    path = "/v1/models/iris:predict" if world.stack.address_has_path else ""
    created["status"] = {"address": {"url": url + path}}
    world.store.update(INFERENCE_SERVICES, created, subresource="status")


def knative_says(world: World, status: str) -> None:
    service = world.store.get(KNATIVE_SERVICES, NAMESPACE, "graph")
    service["status"] = {
        "url": "http://graph.team-a.example.com",
        "conditions": [{"type": "Ready", "status": status, "lastTransitionTime": "2026-01-01T00:00:00Z"}],
    }
    world.store.update(KNATIVE_SERVICES, service, subresource="status")


def shown(world: World) -> Obj:
    return world.store.get(INFERENCE_GRAPHS, NAMESPACE, "graph")


def test_the_router_gets_the_graph_with_urls(either: World, iris: Obj) -> None:
    reconciler = InferenceGraphReconciler(either.store, either.stack, either.faults)
    either.store.create(INFERENCE_GRAPHS, graph())
    assert reconciler.reconcile(KEY) is not None  # the service is not there yet
    addressed(either, iris)
    assert reconciler.reconcile(KEY) is None
    [container] = either.store.get(KNATIVE_SERVICES, NAMESPACE, "graph")["spec"]["template"]["spec"]["containers"]
    assert container["image"].startswith("kserve/router:v")
    flag, text = container["args"]
    [step] = json.loads(text)["nodes"]["root"]["steps"]
    assert flag == "--graph-json"
    assert step["serviceUrl"] == f"http://iris.{NAMESPACE}.svc.cluster.local/v1/models/iris:predict"
    before = either.store.version
    assert reconciler.reconcile(KEY) is None
    assert either.store.version == before


def test_the_graph_is_ready_as_its_service_is(either: World, iris: Obj) -> None:
    reconciler = InferenceGraphReconciler(either.store, either.stack, either.faults)
    addressed(either, iris)
    either.store.create(INFERENCE_GRAPHS, graph())
    reconciler.reconcile(KEY)
    knative_says(either, "True")
    reconciler.reconcile(KEY)
    assert is_true(shown(either), "Ready")
    assert shown(either)["status"]["url"] == "http://graph.team-a.example.com"
    assert (condition(shown(either), "Stopped") is not None) == either.stack.stopped_condition
    knative_says(either, "Unknown")
    reconciler.reconcile(KEY)
    assert "url" not in shown(either)["status"]
    reasons = [each["reason"] for each in either.store.list(EVENTS, NAMESPACE)]
    assert reasons == ["InferenceGraphReady", "InferenceGraphNotReady"]


def test_a_stopped_graph_has_no_service(current: World, iris: Obj) -> None:
    reconciler = InferenceGraphReconciler(current.store, current.stack, current.faults)
    addressed(current, iris)
    current.store.create(INFERENCE_GRAPHS, graph())
    reconciler.reconcile(KEY)
    created = shown(current)
    created["metadata"]["annotations"] = {"serving.kserve.io/stop": "true"}
    current.store.update(INFERENCE_GRAPHS, created)
    reconciler.reconcile(KEY)
    assert current.store.find(KNATIVE_SERVICES, NAMESPACE, "graph") is None
    assert is_true(shown(current), "Stopped")
    assert (condition(shown(current), "Ready") or {})["reason"] == "Stopped"


def test_the_config_map_names_the_headers(current: World, iris: Obj) -> None:
    config = current.store.get(CONFIG_MAPS, "kserve", "inferenceservice-config")
    config["data"]["router"] = json.dumps({**json.loads(config["data"]["router"]), "headers": {"propagate": ["X-.*"]}})
    current.store.update(CONFIG_MAPS, config)
    addressed(current, iris)
    current.store.create(INFERENCE_GRAPHS, graph())
    InferenceGraphReconciler(current.store, current.stack, current.faults).reconcile(KEY)
    [container] = current.store.get(KNATIVE_SERVICES, NAMESPACE, "graph")["spec"]["template"]["spec"]["containers"]
    assert {"name": "PROPAGATE_HEADERS", "value": "X-.*"} in container["env"]


def steps(*each: Obj, kind: str = "Sequence") -> Obj:
    return {"root": {"routerType": kind, "steps": list(each)}}


@pytest.mark.parametrize(
    ("nodes", "code", "words"),
    [
        ({"first": CHAIN["root"]}, 403, "root node not found, InferenceGraph needs a node with name 'root'"),
        (steps({}), 403, 'Step 0 ("") in node "root" of InferenceGraph "graph" does not specify an inference target'),
        (
            steps({"serviceName": "a", "nodeName": "b"}),
            403,
            "specifies more than one of nodeName, serviceName, serviceUrl",
        ),
        (
            steps({"serviceName": "a", "name": "x"}, {"serviceName": "b", "name": "x"}),
            403,
            'Node "root" of InferenceGraph "graph" contains more than one step with name "x"',
        ),
        (
            steps({"serviceName": "a"}, kind="Splitter"),
            403,
            "InferenceGraph[graph] Node[root] Route[a] missing the 'Weight'",
        ),
        (
            steps({"serviceName": "a", "weight": 9}, kind="Splitter"),
            403,
            "sum of traffic weights for all routing targets",
        ),
        (steps(kind="Loop"), 422, 'spec.nodes.root.routerType: Unsupported value: "Loop"'),
        (None, 422, "spec.nodes: Required value"),
    ],
)
def test_what_is_refused(either: World, nodes: object, code: int, words: str) -> None:
    with pytest.raises(ApiError) as caught:
        either.store.create(INFERENCE_GRAPHS, graph(nodes))
    assert caught.value.code == code
    assert words in caught.value.message
