from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kserve_conformance.embedded.apiserver.resources import EVENTS, NAMESPACES, PODS, Registry
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.faults import Faults
from kserve_conformance.embedded.models import EXAMPLES
from kserve_conformance.embedded.node.addresses import take_block
from kserve_conformance.embedded.node.images import Images, Inside
from kserve_conformance.embedded.node.kubelet import Kubelet
from kserve_conformance.embedded.node.zygote import Zygote
from kserve_conformance.embedded.objects import Key, Obj
from kserve_conformance.embedded.settings import Delays, Settings

NAMESPACE = "team-a"


@dataclass
class Requests:
    """What the data plane would know about requests in flight."""

    active: dict[str, int] = field(default_factory=dict)

    def requests_in_flight(self, pod: Key) -> int:
        return self.active.get(pod.name, 0)


@dataclass
class Node:
    store: Store
    kubelet: Kubelet
    requests: Requests

    def pod(self, name: str, *, uri: str = EXAMPLES + "sklearn/1.0/model", **spec: object) -> Obj:
        """A bound pod as KServe's looks, without a queue proxy unless `containers` says so."""
        model = {
            "name": "kserve-container",
            "image": "kserve/sklearnserver:v0.20.0",
            "args": ["--model_name=iris", "--model_dir=/mnt/models", "--http_port=8080"],
            "ports": [{"containerPort": 8080}],
            "volumeMounts": [{"name": "model", "mountPath": "/mnt/models", "readOnly": True}],
            "terminationMessagePolicy": "FallbackToLogsOnError",
        }
        initializer = {
            "name": "storage-initializer",
            "image": "kserve/storage-initializer:v0.20.0",
            "args": [uri, "/mnt/models"],
            "terminationMessagePolicy": "FallbackToLogsOnError",
            "volumeMounts": [{"name": "model", "mountPath": "/mnt/models"}],
        }
        volumes = [{"name": "model", "emptyDir": {}}]
        parts = {"initContainers": [initializer], "containers": [model], "volumes": volumes}
        body = {**parts, "nodeName": "embedded-node", **spec}
        return self.store.create(PODS, {"metadata": {"name": name, "namespace": NAMESPACE}, "spec": body})

    async def until(self, name: str, holds: Callable[[Obj | None], bool], within: float = 60) -> Obj:
        """The pod (empty when it is gone) once it is as wanted; the first one waits for a zygote's imports, too."""
        async with asyncio.timeout(within):
            while True:
                found = self.store.find(PODS, NAMESPACE, name)
                if holds(found):
                    return found or {}
                await asyncio.sleep(0.01)

    def reasons(self) -> list[str]:
        return [each["reason"] for each in self.store.list(EVENTS, NAMESPACE)]


@asynccontextmanager
async def node(run_dir: Path) -> AsyncIterator[Node]:
    store, requests, zygote = Store(Registry()), Requests(), Zygote()
    store.create(NAMESPACES, {"metadata": {"name": NAMESPACE}})
    block, holder = take_block()
    delays = Delays(drain_quiet=0.3)
    settings = Settings(run_dir, "current", api_port=1, gateway_port=2, block=block, delays=delays)

    async def activator(*_: object) -> Inside:
        return Inside()

    faults = Faults(lambda _: {})
    images = Images(zygote, {"activator": activator}, faults, {})
    kubelet = Kubelet(store, settings, images, faults, requests)
    with holder:
        await zygote.start()
        running = asyncio.create_task(kubelet.run())
        try:
            yield Node(store, kubelet, requests)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await zygote.stop()


@pytest.fixture
def on_node(tmp_path: Path) -> Callable[[Callable], None]:
    """Runs a story on a node of its own."""

    def run(story: Callable) -> None:
        async def play() -> None:
            async with node(tmp_path) as where:
                await asyncio.wait_for(story(where), 30)

        asyncio.run(play())

    return run
