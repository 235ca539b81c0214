"""kr8s, in both of its ways."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import kr8s
import kr8s.asyncio
import pytest
from kr8s.asyncio.objects import ConfigMap as AsyncConfigMap
from kr8s.objects import ConfigMap, Pod, new_class

from tests.clients.iris import CLASSES, FLOWERS, NAME, READY_WITHIN, Iris, is_ready, manifest

row = pytest.mark.row
pytestmark = pytest.mark.filterwarnings("ignore:Kubernetes version v1.25:UserWarning")  # it supports 1.28 and later


@pytest.fixture
def api(up: Any) -> Any:
    return kr8s.api(kubeconfig=str(up.kubeconfig))


def config_map(name: str, namespace: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": namespace}, "data": {"a": "1"}}


@row(client="kr8s", does="create, get, patch, label, annotate, exists, delete")
def test_one_object(api: Any, namespace: str) -> None:
    made = ConfigMap(config_map("one", namespace), api=api)
    assert not made.exists()
    made.create()
    assert made.exists()
    made.patch({"data": {"b": "2"}})
    made.label(team="a")
    made.annotate({"note": "yes"})
    made.patch([{"op": "remove", "path": "/data/a"}], type="json")
    found = ConfigMap.get("one", namespace, api=api)
    assert (dict(found.data), dict(found.labels), found.annotations["note"]) == ({"b": "2"}, {"team": "a"}, "yes")
    assert [each.name for each in api.get("configmaps", namespace=namespace, label_selector={"team": "a"})] == ["one"]
    made.delete()
    made.wait("delete", timeout=10)
    with pytest.raises(kr8s.NotFoundError):
        ConfigMap.get("one", namespace, api=api)


@row(client="kr8s", does="InferenceService: wait for Ready")
def test_inference_service(api: Any, namespace: str) -> None:
    kind = new_class(
        "InferenceService", version="serving.kserve.io/v1beta1", namespaced=True, plural="inferenceservices"
    )
    service = kind({**manifest(), "metadata": {"name": NAME, "namespace": namespace}}, api=api)
    service.create()
    for _, seen in api.watch(kind, namespace=namespace):
        if "status" in seen.raw:  # kr8s does not wait for an object that has no status yet
            break
    service.wait("condition=Ready", timeout=READY_WITHIN)
    service.refresh()
    assert is_ready(service.raw.to_dict())
    service.delete()


@row(client="kr8s", does="watch")
def test_watch(api: Any, namespace: str) -> None:
    ConfigMap(config_map("one", namespace), api=api).create()
    seen = []
    for kind, each in api.watch("configmaps", namespace=namespace, field_selector="metadata.name=one"):
        seen.append((kind, each.name))
        if kind == "DELETED":
            break
        each.delete()
    assert seen == [("ADDED", "one"), ("DELETED", "one")]


@row(client="kr8s", does="pods: logs, ready")
def test_pods(api: Any, served_iris: Iris) -> None:
    pod = Pod.get(served_iris.pod, served_iris.namespace, api=api)
    assert pod.ready()
    assert list(pod.logs(container="kserve-container"))


@row(client="kr8s", does="port_forward to a pod")
def test_port_forward(api: Any, served_iris: Iris) -> None:
    pod = Pod.get(served_iris.pod, served_iris.namespace, api=api)
    with pod.portforward(remote_port=8080, local_port="auto") as port:
        answer = httpx.post(f"http://127.0.0.1:{port}/v1/models/{NAME}:predict", json=FLOWERS)
    assert answer.json() == CLASSES


@row(client="kr8s", does="exec in a pod")
def test_exec(api: Any, served_iris: Iris) -> None:
    pod = Pod.get(served_iris.pod, served_iris.namespace, api=api)
    assert pod.exec(["echo", "hello"], container="kserve-container").stdout == b"hello\n"


@row(client="kr8s.asyncio", does="create, list, watch, delete")
def test_async(up: Any, namespace: str) -> None:
    async def scene() -> list[tuple[str, str]]:
        api = await kr8s.asyncio.api(kubeconfig=str(up.kubeconfig))
        made = await AsyncConfigMap(config_map("one", namespace), api=api)
        await made.create()
        listed = [each.name async for each in api.get("configmaps", namespace=namespace)]
        assert "one" in listed
        seen = []
        async for kind, each in api.watch("configmaps", namespace=namespace, field_selector="metadata.name=one"):
            seen.append((kind, each.name))
            if kind == "DELETED":
                break
            await each.delete()
        return seen

    assert asyncio.run(scene()) == [("ADDED", "one"), ("DELETED", "one")]
