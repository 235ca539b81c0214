"""The data plane: Envoy as gateway and queue proxies, and the activator."""

from __future__ import annotations

import asyncio
from pathlib import Path

from kserve_conformance.embedded.apiserver.resources import PODS
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.dataplane.activator import Activator
from kserve_conformance.embedded.dataplane.backends import Backends
from kserve_conformance.embedded.dataplane.envoy import Envoy
from kserve_conformance.embedded.dataplane.programming import Programmer
from kserve_conformance.embedded.dataplane.routes import PUBLIC, Translator
from kserve_conformance.embedded.dataplane.statistics import Statistics
from kserve_conformance.embedded.faults import Faults
from kserve_conformance.embedded.metrics import StatSink
from kserve_conformance.embedded.node.programs import Program
from kserve_conformance.embedded.objects import Key, Obj
from kserve_conformance.embedded.settings import Settings


class DataPlane:
    """The kubelet asks it what is in flight, the InferenceService controller which hosts are served."""

    def __init__(self, store: Store, settings: Settings, faults: Faults, sink: StatSink) -> None:
        self._store = store
        self._settings = settings
        self._faults = faults
        self._sink = sink
        self._envoy = Envoy(settings.run_dir / "envoy", f"127.{settings.block}.0.3")
        self._programmer = Programmer(store, settings, self._envoy, Translator(store, faults))
        self._statistics = Statistics(self._envoy, sink, lambda: self._programmer.proxies)
        self._backends = Backends(store)

    async def start(self) -> None:
        """Raises EnvoyError when Envoy does not come up."""
        await self._envoy.start()
        await self._programmer.write()

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for each in (self._programmer, self._statistics, self._backends):
                tasks.create_task(each.run())

    async def stop(self) -> None:
        await self._envoy.stop()

    def serves(self, host: str) -> bool:
        return (PUBLIC, host) in self._programmer.served

    def requests_in_flight(self, pod: Key) -> int:
        found = self._store.find(PODS, pod.namespace, pod.name)
        return self._statistics.active(found["metadata"]["uid"]) if found else 0

    async def activator(self, pod: Obj, address: str, log: Path) -> Program:
        """Listening when it returns."""
        activator = Activator(
            pod, address, store=self._store, backends=self._backends, faults=self._faults, sink=self._sink
        )
        await activator.start(log, quiet=self._settings.delays.drain_quiet)
        return activator
