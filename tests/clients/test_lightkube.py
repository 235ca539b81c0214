"""lightkube."""

from __future__ import annotations

from typing import Any

import pytest
from lightkube import ApiError, Client, KubeConfig
from lightkube.generic_resource import create_namespaced_resource
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.apps_v1 import Deployment
from lightkube.resources.core_v1 import ConfigMap, Pod
from lightkube.types import PatchType

from tests.clients.iris import GROUP, NAME, PLURAL, VERSION, Iris, is_ready, manifest

row = pytest.mark.row
InferenceService: Any = create_namespaced_resource(GROUP, VERSION, "InferenceService", PLURAL)


@pytest.fixture
def lightkube(up: Any, namespace: str) -> Client:
    return Client(config=KubeConfig.from_file(str(up.kubeconfig)), namespace=namespace, field_manager="one")


def config_map(name: str, **data: str) -> ConfigMap:
    return ConfigMap(metadata=ObjectMeta(name=name, labels={"app": name}), data=data)


@row(client="lightkube", does="create, get, replace, patch, delete, list by selector")
def test_objects(lightkube: Client) -> None:
    made = lightkube.create(config_map("one", a="1"))
    assert made.data == {"a": "1"}
    made.data["b"] = "2"
    lightkube.replace(made)
    lightkube.patch(ConfigMap, "one", {"data": {"c": "3"}})
    lightkube.patch(ConfigMap, "one", [{"op": "remove", "path": "/data/a"}], patch_type=PatchType.JSON)
    assert lightkube.get(ConfigMap, "one").data == {"b": "2", "c": "3"}
    lightkube.create(config_map("two"))
    names = [each.metadata.name for each in lightkube.list(ConfigMap, labels={"app": ["one", "three"]}, chunk_size=1)]
    assert names == ["one"]
    lightkube.delete(ConfigMap, "one")
    with pytest.raises(ApiError, match='configmaps "one" not found') as gone:
        lightkube.get(ConfigMap, "one")
    assert gone.value.status.code == 404


@row(client="lightkube", does="apply: field managers and conflicts")
def test_apply(lightkube: Client) -> None:
    lightkube.apply(config_map("one", a="1"))
    with pytest.raises(ApiError, match='conflict with "one"') as clash:
        lightkube.apply(config_map("one", a="2"), field_manager="two")
    assert clash.value.status.code == 409
    assert lightkube.apply(config_map("one", a="2"), field_manager="two", force=True).data == {"a": "2"}


@row(client="lightkube", does="InferenceService as a generic resource: watch until Ready")
def test_inference_service(lightkube: Client) -> None:
    lightkube.create(InferenceService(metadata=ObjectMeta(name=NAME), spec=manifest()["spec"]))
    for _, each in lightkube.watch(InferenceService, fields={"metadata.name": NAME}, server_timeout=40):
        if is_ready(each):
            break
    assert is_ready(lightkube.get(InferenceService, NAME))
    lightkube.delete(InferenceService, NAME)


@row(client="lightkube", does="wait for a condition")
def test_wait(lightkube: Client, served_iris: Iris) -> None:
    chosen = lightkube.list(
        Deployment, namespace=served_iris.namespace, labels={"serving.kserve.io/inferenceservice": NAME}
    )
    name = next(iter(chosen)).metadata.name
    waited = lightkube.wait(Deployment, name, for_conditions=["Available"], namespace=served_iris.namespace)
    assert waited.status.readyReplicas == 1


@row(client="lightkube", does="pods: logs")
def test_logs(lightkube: Client, served_iris: Iris) -> None:
    where = {"namespace": served_iris.namespace, "container": "kserve-container"}
    lines = list(lightkube.log(served_iris.pod, **where))
    assert list(lightkube.log(served_iris.pod, tail_lines=1, **where)) == lines[-1:]
    assert lightkube.get(Pod, served_iris.pod, namespace=served_iris.namespace).status.phase == "Running"
