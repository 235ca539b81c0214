from __future__ import annotations

from typing import Any

import pytest

from kserve_conformance.embedded.apiserver.resources import (
    CLUSTER_SERVING_RUNTIMES,
    EVENTS,
    INFERENCE_SERVICES,
    SERVING_RUNTIMES,
)
from kserve_conformance.embedded.controllers.isvc_watches import users_of_runtime
from kserve_conformance.embedded.controllers.serving_runtimes import InvalidSpecError, choose
from kserve_conformance.embedded.objects import Key, Obj


def runtime(world: Any, name: str, *, cluster: bool = True, **fields: Any) -> None:
    """A runtime for format `private` unless told otherwise."""
    own = {name: fields.pop(name) for name in ("version", "autoSelect", "priority", "format") if name in fields}
    model_format = {"name": own.pop("format", "private"), "version": "1", "autoSelect": True, **own}
    container = {"name": "kserve-container", "image": f"example/{name}:1"}
    spec = {"supportedModelFormats": [model_format], "protocolVersions": ["v1"], "containers": [container], **fields}
    meta = {"name": name} if cluster else {"name": name, "namespace": "team-a"}
    world.store.create(CLUSTER_SERVING_RUNTIMES if cluster else SERVING_RUNTIMES, {"metadata": meta, "spec": spec})


def chosen(world: Any, **model: Any) -> str:
    wanted = {"modelFormat": {"name": "private"}, **model}
    return choose(world.store, "team-a", wanted, world.stack).name


def test_the_namespace_comes_before_the_cluster(either: Any) -> None:
    runtime(either, "far", priority=9)
    runtime(either, "near", cluster=False, priority=1)
    assert chosen(either) == "near"


def test_priority_decides_where_there_is_one(current: Any, tutorial: Any) -> None:
    for world in (current, tutorial):
        runtime(world, "a", priority=1)
        runtime(world, "b", priority=2)
        runtime(world, "c")
    assert chosen(current) == "b"
    assert chosen(tutorial) == "a"


def test_protocol_is_v1_unless_said_on_the_current_stack(current: Any, tutorial: Any) -> None:
    for world in (current, tutorial):
        runtime(world, "new", protocolVersions=["v2"])
    assert chosen(tutorial) == "new"
    assert chosen(current, protocolVersion="v2") == "new"
    with pytest.raises(InvalidSpecError):
        chosen(current)


@pytest.mark.parametrize("fields", [{"autoSelect": False}, {"disabled": True}, {"multiModel": True}])
def test_runtimes_that_are_never_selected_by_themselves(either: Any, fields: Obj) -> None:
    runtime(either, "hidden", **fields)
    with pytest.raises(InvalidSpecError) as caught:
        chosen(either)
    assert caught.value.reason == "NoSupportingRuntime"


def test_version_must_match_when_asked_for(either: Any) -> None:
    runtime(either, "one")
    assert chosen(either, modelFormat={"name": "private", "version": "1"}) == "one"
    with pytest.raises(InvalidSpecError):
        chosen(either, modelFormat={"name": "private", "version": "2"})


@pytest.mark.parametrize(
    ("fields", "model", "reason", "message"),
    [
        (None, {}, "RuntimeNotRecognized", "Waiting for runtime to become available"),
        ({"disabled": True}, {}, "RuntimeDisabled", "Specified runtime is disabled"),
        (
            {},
            {"protocolVersion": "v2"},
            "NoSupportingRuntime",
            "Specified runtime does not support specified protocol version",
        ),
        (
            {"format": "pmml"},
            {},
            "NoSupportingRuntime",
            "Specified runtime does not support specified framework/version",
        ),
    ],
)
def test_a_named_runtime_that_will_not_do(
    either: Any, iris: Obj, fields: Obj | None, model: Obj, reason: str, message: str
) -> None:
    if fields is not None:
        runtime(either, "mine", **fields)
    iris["spec"]["predictor"]["model"] |= {"modelFormat": {"name": "private"}, "runtime": "mine", **model}
    isvc = either.apply(iris)
    assert isvc["status"]["modelStatus"] == {
        "transitionStatus": "InvalidSpec",
        "states": {"activeModelState": "", "targetModelState": "FailedToLoad"},
        "lastFailureInfo": {"reason": reason, "message": message},
    }
    assert [each["reason"] for each in either.store.list(EVENTS, "team-a")] == ["InternalError"]


def test_named_runtime_need_not_be_auto_selectable(either: Any) -> None:
    runtime(either, "mine", autoSelect=False)
    assert chosen(either, runtime="mine") == "mine"


def test_unknown_format(either: Any, iris: Obj) -> None:
    iris["spec"]["predictor"]["model"]["modelFormat"]["name"] = "nosuchformat"
    isvc = either.apply(iris)
    assert isvc["status"]["modelStatus"]["lastFailureInfo"] == {
        "reason": "NoSupportingRuntime",
        "message": "No runtime found to support specified framework/version",
    }
    (event,) = either.store.list(EVENTS, "team-a")
    assert event["message"] == "no runtime found to support predictor with model type: {nosuchformat <nil>}"
    assert event["count"] > 1


def test_a_service_recovers_when_its_runtime_appears(current: Any, iris: Obj) -> None:
    iris["spec"]["predictor"]["model"] |= {"modelFormat": {"name": "private"}, "runtime": "late"}
    current.apply(iris)
    runtime(current, "late", cluster=False)
    created = current.store.get(SERVING_RUNTIMES, "team-a", "late")
    assert users_of_runtime(current.store, current.stack)(created) == [Key("team-a", "iris")]
    assert current.settle()["status"]["servingRuntimeName"] == "late"


def test_containers_are_merged(current: Any, iris: Obj) -> None:
    env = [{"name": "A", "value": "runtime"}, {"name": "B", "value": "runtime"}]
    containers = [
        {
            "name": "kserve-container",
            "image": "example/server:1",
            "args": ["--name={{.Name}}", "--ns={{ .Namespace }}", "--team={{.Labels.team}}"],
            "env": env,
            "resources": {"requests": {"cpu": "1", "memory": "2Gi"}},
        }
    ]
    runtime(current, "merging", containers=containers)
    iris["metadata"]["labels"] = {"team": "blue"}
    iris["spec"]["predictor"]["model"] |= {
        "modelFormat": {"name": "private"},
        "runtimeVersion": "2",
        "args": ["--more"],
        "env": [{"name": "B", "value": "model"}, {"name": "C", "value": "model"}],
        "resources": {"requests": {"cpu": "2"}},
    }
    current.apply(iris)
    container = current.ksvc()["spec"]["template"]["spec"]["containers"][0]
    assert container["image"] == "example/server:2"
    assert container["args"] == ["--name=iris", "--ns=team-a", "--team=blue", "--more"]
    assert container["resources"] == {"requests": {"cpu": "2", "memory": "2Gi"}}
    assert {each["name"]: each["value"] for each in container["env"]} == {
        "A": "runtime",
        "B": "model",
        "C": "model",
        "INFERENCE_SERVICE_NAME": "iris",
    }


def test_unusable_placeholder(either: Any, iris: Obj) -> None:
    container = {"name": "kserve-container", "image": "example/server:1", "args": ["{{.Nothing}}"]}
    runtime(either, "broken", containers=[container])
    iris["spec"]["predictor"]["model"]["modelFormat"]["name"] = "private"
    either.apply(iris)
    status = either.store.get(INFERENCE_SERVICES, "team-a", "iris")["status"]
    assert status["modelStatus"]["lastFailureInfo"]["reason"] == "InvalidPredictorSpec"
