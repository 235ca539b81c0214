"""In which order Envoy learns of a queue proxy."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from kserve_conformance.embedded.apiserver.resources import NAMESPACES, PODS, Registry
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.dataplane.queue_proxies import QueueProxies
from kserve_conformance.embedded.dataplane.xds import Files
from kserve_conformance.embedded.faults import Faults
from tests.embedded_dataplane.standing import NAMESPACE, pod_with_queue_proxy


class SlowEnvoy:
    """Takes in its clusters when it is told to."""

    def __init__(self) -> None:
        self.version = 0
        self.asked = asyncio.Event()

    async def has_clusters_of(self, version: int) -> bool:
        self.asked.set()
        return self.version >= version


def resources(folder: Path, name: str) -> list[Any]:
    found: list[Any] = json.loads((folder / f"{name}.json").read_text())["resources"]
    return found


def test_a_listener_comes_after_its_cluster(tmp_path: Path) -> None:
    async def test() -> None:
        store, envoy = Store(Registry()), SlowEnvoy()
        store.create(NAMESPACES, {"metadata": {"name": NAMESPACE}})
        store.create(PODS, pod_with_queue_proxy("127.9.0.9"))
        proxies = QueueProxies(store, Files(tmp_path), envoy, Faults(lambda _: {}), timeout_is_total=True)
        writing = asyncio.create_task(proxies.write())
        await envoy.asked.wait()
        assert (len(resources(tmp_path, "cds")), len(resources(tmp_path, "lds"))) == (1, 0)
        envoy.version = 1000
        await writing
        assert (len(resources(tmp_path, "cds")), len(resources(tmp_path, "lds"))) == (1, 1)

    asyncio.run(test())
