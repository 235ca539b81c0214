from __future__ import annotations

from typing import Any

import pytest

from kserve_conformance.embedded.apiserver.resources import PODS
from kserve_conformance.embedded.controllers.isvc_watches import PodChanges
from kserve_conformance.embedded.objects import Key, Obj


def pod(world: Any, status: Obj, *, revision: int = 1) -> Obj:
    labels = {
        "serving.knative.dev/revision": f"iris-predictor{world.stack.component_ending}-{revision:05d}",
        "serving.kserve.io/inferenceservice": "iris",
    }
    meta = {"name": f"p{revision}", "namespace": "team-a", "labels": labels}
    spec = {"containers": [{"name": "kserve-container", "image": "kserve/sklearnserver:v1"}]}
    created: Obj = world.store.create(PODS, {"metadata": meta, "spec": spec})
    created["status"] = status
    changed: Obj = world.store.update(PODS, created, subresource="status")
    return changed


READY = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}


def initializer(**state: Any) -> Obj:
    return {"initContainerStatuses": [{"name": "storage-initializer", **state}]}


def server(**state: Any) -> Obj:
    return {"containerStatuses": [{"name": "kserve-container", **state}]}


def test_loaded(either: Any, iris: Obj) -> None:
    either.apply(iris)
    pod(either, READY)
    isvc = either.knative()
    assert isvc["status"]["modelStatus"] == {
        "transitionStatus": "UpToDate",
        "states": {"activeModelState": "Loaded", "targetModelState": "Loaded"},
        "copies": {"failedCopies": 0, "totalCopies": 1},
    }


def test_no_pods_is_pending_and_not_a_failure(either: Any, iris: Obj) -> None:
    either.apply(iris)
    isvc = either.knative()
    assert isvc["status"]["modelStatus"]["states"]["targetModelState"] == "Pending"
    assert {each["type"]: each["status"] for each in isvc["status"]["conditions"]}["Ready"] == "True"


ENDED = {"terminated": {"reason": "Error", "exitCode": 1, "message": "No model found in gs://b/m."}}
LOOPING = {"state": {"waiting": {"reason": "CrashLoopBackOff"}}, "lastState": ENDED}


@pytest.mark.parametrize(
    ("status", "target", "transition"),
    [
        (initializer(state={"running": {}}), "Loading", "InProgress"),
        (initializer(state=ENDED), "FailedToLoad", "BlockedByFailedLoad"),
        (initializer(**LOOPING), "FailedToLoad", "BlockedByFailedLoad"),
        (server(state=ENDED), "FailedToLoad", "BlockedByFailedLoad"),
        (server(**LOOPING), "FailedToLoad", "BlockedByFailedLoad"),
        (server(state={"running": {}}), "Pending", "InProgress"),
    ],
)
def test_what_the_pod_says(either: Any, iris: Obj, status: Obj, target: str, transition: str) -> None:
    either.apply(iris)
    pod(either, status)
    model = either.knative(ready=False)["status"]["modelStatus"]
    assert (model["states"]["targetModelState"], model["transitionStatus"]) == (target, transition)
    if target == "FailedToLoad":
        assert model["lastFailureInfo"] == {
            "reason": "ModelLoadFailed",
            "message": "No model found in gs://b/m.",
            "exitCode": 1,
        }


def test_failing_update_keeps_the_active_model(either: Any, iris: Obj) -> None:
    either.apply(iris)
    pod(either, READY)
    either.knative()
    iris["spec"]["predictor"]["model"]["storageUri"] = "gs://b/none"
    either.apply(iris)
    pod(either, initializer(**LOOPING), revision=2)
    model = either.knative(ready=False)["status"]["modelStatus"]
    assert model["states"] == {"activeModelState": "Loaded", "targetModelState": "FailedToLoad"}
    assert model["transitionStatus"] == "BlockedByFailedLoad"


def test_initializer_that_runs_again_is_looked_at_again(current: Any, iris: Obj) -> None:
    current.apply(iris)
    pod(current, initializer(state={"running": {}}, lastState=ENDED))
    current.knative(ready=False)
    assert current.reconciler.reconcile(Key("team-a", "iris")) == 1.0


def test_only_news_of_init_containers_asks_for_a_look(current: Any, tutorial: Any) -> None:
    changes = PodChanges(current.stack)
    first = pod(current, initializer(state={"running": {}}))
    assert changes(first) == [Key("team-a", "iris")]
    assert changes(first) == []
    first["status"] = initializer(state=ENDED)
    assert changes(first) == [Key("team-a", "iris")]
    assert PodChanges(tutorial.stack)(first) == []
