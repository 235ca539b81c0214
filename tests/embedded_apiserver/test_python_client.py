"""The Kubernetes Python client against the embedded API server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from kubernetes import client, config, watch

ISVC = ("serving.kserve.io", "v1beta1")


@pytest.fixture(scope="module")
def api(served: Any) -> Iterator[Any]:
    with config.new_client_from_config(str(served.settings.kubeconfig)) as made:
        yield made


@pytest.fixture
def core(api: Any) -> Any:
    return client.CoreV1Api(api)


@pytest.fixture
def custom(api: Any) -> Any:
    return client.CustomObjectsApi(api)


def isvc(name: str) -> dict[str, Any]:
    return {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": {"name": name},
        "spec": {"predictor": {"model": {"modelFormat": {"name": "sklearn"}}}},
    }


def test_typed_objects_survive_the_round_trip(core: Any, namespace: str) -> None:
    container = client.V1Container(
        name="main", image="web:1", resources=client.V1ResourceRequirements(limits={"cpu": "1"})
    )
    pod = client.V1Pod(metadata=client.V1ObjectMeta(name="web"), spec=client.V1PodSpec(containers=[container]))
    made = core.create_namespaced_pod(namespace, pod)
    assert made.status.phase == "Pending"
    found = core.read_namespaced_pod("web", namespace)
    assert (found.spec.containers[0].resources.limits, found.metadata.uid) == ({"cpu": "1"}, made.metadata.uid)
    assert [each.metadata.name for each in core.list_namespaced_pod(namespace).items] == ["web"]


def test_custom_objects(custom: Any, namespace: str) -> None:
    custom.create_namespaced_custom_object(*ISVC, namespace, "inferenceservices", isvc("iris"))
    patch = {"spec": {"predictor": {"minReplicas": 1}}}
    patched = custom.patch_namespaced_custom_object(*ISVC, namespace, "inferenceservices", "iris", patch)
    assert patched["spec"]["predictor"]["minReplicas"] == 1
    custom.delete_namespaced_custom_object(*ISVC, namespace, "inferenceservices", "iris")
    with pytest.raises(client.ApiException) as gone:
        custom.get_namespaced_custom_object(*ISVC, namespace, "inferenceservices", "iris")
    assert gone.value.status == 404


def test_watching(custom: Any, namespace: str) -> None:
    custom.create_namespaced_custom_object(*ISVC, namespace, "inferenceservices", isvc("one"))
    watcher, seen = watch.Watch(), []
    stream = watcher.stream(
        custom.list_namespaced_custom_object, *ISVC, namespace, "inferenceservices", timeout_seconds=5
    )
    for event in stream:
        seen.append((event["type"], event["object"]["metadata"]["name"]))
        if len(seen) == 1:
            custom.create_namespaced_custom_object(*ISVC, namespace, "inferenceservices", isvc("two"))
        else:
            watcher.stop()
    assert seen == [("ADDED", "one"), ("ADDED", "two")]


def test_reading_a_log(served: Any, core: Any, namespace: str) -> None:
    container = client.V1Container(name="main", image="web:1")
    pod = client.V1Pod(metadata=client.V1ObjectMeta(name="web"), spec=client.V1PodSpec(containers=[container]))
    core.create_namespaced_pod(namespace, pod)
    (served.logs.folder / f"{namespace}_web_main.log").write_text("started\n")
    assert core.read_namespaced_pod_log("web", namespace) == "started\n"


def test_versions_and_review(api: Any) -> None:
    assert client.VersionApi(api).get_code().git_version == "v1.33.4+embedded"
    attributes = client.V1ResourceAttributes(verb="create", resource="pods")
    spec = client.V1SelfSubjectAccessReviewSpec(resource_attributes=attributes)
    review = client.AuthorizationV1Api(api).create_self_subject_access_review(
        client.V1SelfSubjectAccessReview(spec=spec)
    )
    assert review.status.allowed
