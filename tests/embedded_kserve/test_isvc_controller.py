from __future__ import annotations

from typing import Any

from kserve_conformance.embedded.apiserver.resources import (
    EVENTS,
    INFERENCE_SERVICES,
    KNATIVE_SERVICES,
    SERVICES,
    VIRTUAL_SERVICES,
)
from kserve_conformance.embedded.objects import Key, Obj

NAMESPACE = "team-a"


def states(isvc: Obj) -> dict[str, str]:
    return {each["type"]: each["status"] for each in isvc["status"]["conditions"]}


def events(world: Any) -> list[tuple[str, str, str]]:
    found = world.store.list(EVENTS, NAMESPACE)
    return [(each["type"], each["reason"], each["message"]) for each in found]


def test_conditions_before_knative_has_answered(current: Any, iris: Obj) -> None:
    isvc = current.apply(iris)
    assert states(isvc) == {
        "IngressReady": "Unknown",
        "LatestDeploymentReady": "Unknown",
        "PredictorReady": "Unknown",
        "Ready": "Unknown",
        "RoutesReady": "Unknown",
        "Stopped": "False",
    }
    assert isvc["status"]["deploymentMode"] == "Knative"
    assert isvc["status"]["clusterServingRuntimeName"] == "kserve-sklearnserver"
    assert isvc["status"]["modelStatus"]["transitionStatus"] == "InProgress"
    assert isvc["metadata"]["finalizers"] == ["inferenceservice.finalizers"]


def test_ready_on_the_current_stack(current: Any, iris: Obj) -> None:
    current.apply(iris)
    isvc = current.knative()
    assert states(isvc) == {
        "IngressReady": "True",
        "LatestDeploymentReady": "True",
        "PredictorConfigurationReady": "True",
        "PredictorReady": "True",
        "PredictorRouteReady": "True",
        "Ready": "True",
        "RoutesReady": "True",
        "Stopped": "False",
    }
    status = isvc["status"]
    assert status["url"] == "http://iris.team-a.example.com"
    assert status["address"] == {"url": "http://iris.team-a.svc.cluster.local"}
    assert status["components"]["predictor"] == {
        "url": "http://iris-predictor.team-a.example.com",
        "address": {"url": "http://iris-predictor.team-a.svc.cluster.local"},
        "latestCreatedRevision": "iris-predictor-00001",
        "latestReadyRevision": "iris-predictor-00001",
        "latestRolledoutRevision": "iris-predictor-00001",
        "traffic": [{"latestRevision": True, "percent": 100, "revisionName": "iris-predictor-00001"}],
    }
    assert ("Normal", "InferenceServiceReady", "InferenceService [iris] is Ready") in events(current)


def test_ready_on_the_tutorial_stack(tutorial: Any, iris: Obj) -> None:
    tutorial.apply(iris)
    isvc = tutorial.knative()
    assert set(states(isvc)) == {
        "IngressReady",
        "PredictorConfigurationReady",
        "PredictorReady",
        "PredictorRouteReady",
        "Ready",
    }
    assert set(states(isvc).values()) == {"True"}
    assert isvc["status"]["url"] == "http://iris.team-a.example.com"
    assert isvc["status"]["address"]["url"] == "http://iris.team-a.svc.cluster.local/v1/models/iris:predict"
    assert "deploymentMode" not in isvc["status"]
    assert isvc["status"]["components"]["predictor"]["latestCreatedRevision"] == "iris-predictor-default-00001"


def test_ready_waits_until_the_gateway_answers(either: Any, iris: Obj) -> None:
    either.gateway.hosts = set()
    either.apply(iris)
    isvc = either.knative()
    assert states(isvc)["PredictorReady"] == "True"
    assert states(isvc)["Ready"] == "Unknown"
    assert "url" not in isvc["status"]
    either.gateway.hosts = {"iris.team-a.example.com"}
    assert states(either.settle())["Ready"] == "True"


def test_fault_ready_before_routable(either: Any, iris: Obj) -> None:
    either.fault("ready-before-routable")
    either.gateway.hosts = set()
    either.apply(iris)
    assert states(either.knative())["Ready"] == "True"
    assert either.store.find(VIRTUAL_SERVICES, NAMESPACE, "iris") is None
    assert 0 < either.reconciler.reconcile(Key(NAMESPACE, "iris")) <= 8


def test_children_are_owned_and_come_back(either: Any, iris: Obj) -> None:
    either.apply(iris)
    isvc = either.knative()
    for resource, name in ((KNATIVE_SERVICES, f"iris-predictor{either.stack.component_ending}"), (SERVICES, "iris")):
        child = either.store.get(resource, NAMESPACE, name)
        assert child["metadata"]["ownerReferences"][0]["uid"] == isvc["metadata"]["uid"]
    either.store.delete(VIRTUAL_SERVICES, NAMESPACE, "iris")
    either.settle()
    route = either.store.get(VIRTUAL_SERVICES, NAMESPACE, "iris")
    assert route["spec"]["hosts"] == ["iris.team-a.svc.cluster.local", "iris.team-a.example.com"]
    backend = f"iris-predictor{either.stack.component_ending}.team-a.svc.cluster.local"
    assert route["spec"]["http"][0]["headers"]["request"]["set"]["Host"] == backend
    external = either.store.get(SERVICES, NAMESPACE, "iris")["spec"]
    assert (external["type"], external["externalName"]) == (
        "ExternalName",
        "knative-local-gateway.istio-system.svc.cluster.local",
    )


def test_autoscaling_fields_reach_the_revision_template(either: Any, iris: Obj) -> None:
    iris["metadata"]["annotations"] = {"autoscaling.knative.dev/min-scale": "7", "team": "blue"}
    fields = {"minReplicas": 0, "maxReplicas": 3, "scaleTarget": 2, "scaleMetric": "rps", "containerConcurrency": 4}
    iris["spec"]["predictor"] |= fields | {"timeout": 60}
    either.apply(iris)
    template = either.ksvc()["spec"]["template"]
    assert template["metadata"]["annotations"] == {
        "autoscaling.knative.dev/class": "kpa.autoscaling.knative.dev",
        "autoscaling.knative.dev/max-scale": "3",
        "autoscaling.knative.dev/metric": "rps",
        "autoscaling.knative.dev/min-scale": "0",
        "autoscaling.knative.dev/target": "2",
        "internal.serving.kserve.io/storage-initializer-sourceuri": "gs://bucket/model",
        "prometheus.kserve.io/path": "/metrics",
        "prometheus.kserve.io/port": "8080",
        "team": "blue",
    }
    assert (template["spec"]["containerConcurrency"], template["spec"]["timeoutSeconds"]) == (4, 60)


def test_one_replica_when_nothing_is_said(either: Any, iris: Obj) -> None:
    either.apply(iris)
    annotations = either.ksvc()["spec"]["template"]["metadata"]["annotations"]
    assert annotations["autoscaling.knative.dev/min-scale"] == "1"
    assert "autoscaling.knative.dev/max-scale" not in annotations


def test_applying_the_same_again_changes_nothing_below(either: Any, iris: Obj) -> None:
    either.apply(iris)
    either.knative()
    before = either.ksvc()["metadata"]["resourceVersion"]
    either.apply(iris)
    assert either.ksvc()["metadata"]["resourceVersion"] == before


def test_a_changed_field_reaches_the_knative_service(either: Any, iris: Obj) -> None:
    either.apply(iris)
    either.knative()
    iris["spec"]["predictor"]["model"]["args"] = ["--model_name=other"]
    either.apply(iris)
    container = either.ksvc()["spec"]["template"]["spec"]["containers"][0]
    assert container["args"] == [
        "--model_name=iris",
        "--model_dir=/mnt/models",
        "--http_port=8080",
        "--model_name=other",
    ]


def test_fault_update_ignored(either: Any, iris: Obj) -> None:
    either.apply(iris)
    either.knative()
    either.fault("update-ignored")
    before = either.ksvc()["metadata"]["generation"]
    iris["spec"]["predictor"]["model"]["storageUri"] = "gs://bucket/other"
    either.apply(iris)
    assert either.ksvc()["metadata"]["generation"] == before
    assert either.faults.fired["update-ignored", NAMESPACE] == 1


def test_fault_zero_never(either: Any, iris: Obj) -> None:
    either.fault("zero-never")
    iris["spec"]["predictor"]["minReplicas"] = 0
    either.apply(iris)
    annotations = either.ksvc()["spec"]["template"]["metadata"]["annotations"]
    assert annotations["autoscaling.knative.dev/min-scale"] == "1"
    assert either.faults.fired["zero-never", NAMESPACE] == 1


def test_failed_update_leaves_the_url_and_says_why(current: Any, tutorial: Any, iris: Obj) -> None:
    for world, ingress in ((current, "True"), (tutorial, "False")):
        world.apply(iris)
        world.knative()
        changed = {**iris, "spec": {"predictor": {"model": {**iris["spec"]["predictor"]["model"], "args": ["--x"]}}}}
        world.apply(changed)
        isvc = world.knative(ready=False, because='Revision "r" failed with message: it broke.')
        assert states(isvc)["Ready"] == "False"
        assert states(isvc)["IngressReady"] == ingress
        predictor = isvc["status"]["components"]["predictor"]
        assert predictor["latestReadyRevision"].endswith("-00001")
        assert predictor["latestCreatedRevision"].endswith("-00002")
        assert isvc["status"]["url"] == "http://iris.team-a.example.com"
        reasons = [event for event in events(world) if event[1] == "InferenceServiceNotReady"]
        assert len(reasons) == 1
        assert ("because of" in reasons[0][2]) is (world is current)


def test_refused_knative_service_shows_on_the_current_stack(current: Any, tutorial: Any, iris: Obj) -> None:
    iris["metadata"]["annotations"] = {"autoscaling.knative.dev/window": "2s"}
    for world in (current, tutorial):
        isvc = world.apply(iris)
        kinds = [event[:2] for event in events(world)]
        assert ("Warning", "InternalError") in kinds
        assert "expected 6s <= 2s <= 1h0m0s" in events(world)[0][2]
        conditions = {each["type"]: each for each in isvc.get("status", {}).get("conditions", ())}
        if world is current:
            assert conditions["PredictorReady"]["reason"] == "ReconcileFailed"
            assert conditions["Ready"]["status"] == "False"
        else:
            assert not conditions


def test_over_long_name_is_admitted_and_then_explained(current: Any, iris: Obj) -> None:
    name = iris["metadata"]["name"] = "i" * 60
    isvc = current.apply(iris)
    assert states(isvc)["Ready"] == "False"
    assert "must be no more than 63 characters" in events(current)[0][2]
    assert current.store.find(KNATIVE_SERVICES, NAMESPACE, f"{name}-predictor") is None


def test_unknown_storage_scheme_is_an_event_on_the_current_stack(current: Any, iris: Obj) -> None:
    iris["spec"]["predictor"]["model"]["storageUri"] = "ftp://x/y"
    isvc = current.apply(iris)
    assert states(isvc)["Ready"] == "Unknown"
    assert events(current)[0][2].startswith("StorageURI not supported: storageUri, must be one of: [gs://")
    assert current.store.find(KNATIVE_SERVICES, NAMESPACE, "iris-predictor") is None


def test_deletion_releases_the_finalizer(either: Any, iris: Obj) -> None:
    either.apply(iris)
    either.store.delete(INFERENCE_SERVICES, NAMESPACE, "iris")
    either.reconciler.reconcile(Key(NAMESPACE, "iris"))
    assert either.store.find(INFERENCE_SERVICES, NAMESPACE, "iris") is None


def test_stop_and_resume(current: Any, iris: Obj) -> None:
    current.apply(iris)
    current.knative()
    stopped = current.apply(
        {**iris, "metadata": {**iris["metadata"], "annotations": {"serving.kserve.io/stop": "true"}}}
    )
    assert states(stopped) == {"IngressReady": "False", "PredictorReady": "False", "Ready": "False", "Stopped": "True"}
    assert set(stopped["status"]) == {"conditions", "deploymentMode"}
    for resource, name in ((KNATIVE_SERVICES, "iris-predictor"), (VIRTUAL_SERVICES, "iris"), (SERVICES, "iris")):
        assert current.store.find(resource, NAMESPACE, name) is None
    current.apply(iris)
    assert states(current.knative())["Ready"] == "True"
    assert states(current.settle())["Stopped"] == "False"
