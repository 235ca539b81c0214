"""The data plane: Envoy as gateway and queue proxies, and the activator."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from kserve_conformance.embedded.apiserver.resources import PODS
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.components import ISTIOD, Components
from kserve_conformance.embedded.dataplane.activator import Activator
from kserve_conformance.embedded.dataplane.backends import Backends
from kserve_conformance.embedded.dataplane.envoy import Envoy
from kserve_conformance.embedded.dataplane.gateways import Gateways
from kserve_conformance.embedded.dataplane.programming import Programmer
from kserve_conformance.embedded.dataplane.queue_proxies import QueueProxies
from kserve_conformance.embedded.dataplane.routes import LOCAL, PUBLIC, Translator
from kserve_conformance.embedded.dataplane.statistics import Statistics
from kserve_conformance.embedded.dataplane.xds import Files
from kserve_conformance.embedded.faults import Faults
from kserve_conformance.embedded.metrics import StatSink
from kserve_conformance.embedded.node.programs import Program
from kserve_conformance.embedded.objects import Key, Obj
from kserve_conformance.embedded.settings import Settings
from kserve_conformance.embedded.stacks import STACKS

log = logging.getLogger(__name__)


class DataPlane:
    """The kubelet asks it what is in flight, the InferenceService controller which hosts are served."""

    def __init__(
        self, store: Store, settings: Settings, faults: Faults, sink: StatSink, components: Components
    ) -> None:
        self._store = store
        self._settings = settings
        self._faults = faults
        self._sink = sink
        files = Files(settings.run_dir / "gateway")
        self._gateways = Gateways(files)
        translator = Translator(store, faults, lambda: self._gateways.started)
        self._programmer = Programmer(
            store, settings, files, self._gateways, translator, works=lambda: components.is_up(ISTIOD)
        )
        self._queue_files = Files(settings.run_dir / "queue-proxies")
        self._queues = Envoy(settings.run_dir / "queue-proxies" / "envoy.log", f"127.{settings.block}.0.3")
        self._timeout_is_total = STACKS[settings.stack].timeout_is_total
        self._queue_proxies = QueueProxies(
            store, self._queue_files, self._queues, faults, timeout_is_total=self._timeout_is_total
        )
        self._statistics = Statistics(self._queues, sink, self._queue_proxies)
        self._backends = Backends(store)

    async def start(self) -> None:
        """Raises EnvoyError when Envoy does not come up."""
        self._programmer.prepare()
        await self._queues.start(self._queue_files.configuration())

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for each in (self._programmer, self._queue_proxies, self._statistics, self._backends):
                tasks.create_task(each.run())
            tasks.create_task(self._keep_queues())

    async def _keep_queues(self) -> None:
        """An Envoy that has ended is started again and finds its configuration where it was. Raises EnvoyError."""
        while True:
            log.warning("the queue proxies' Envoy ended with code %d; it is started again", await self._queues.wait())
            await self._queues.stop()
            await self._queues.start(self._queue_files.configuration())

    async def stop(self) -> None:
        await self._queues.stop()

    def serves(self, host: str) -> bool:
        return any((gateway, host) in self._programmer.served for gateway in (PUBLIC, LOCAL))

    def requests_in_flight(self, pod: Key) -> int:
        found = self._store.find(PODS, pod.namespace, pod.name)
        return self._statistics.active(found["metadata"]["uid"]) if found else 0

    async def gateway(self, _: Obj, address: str, log: Path) -> Program:
        """Listening when it returns."""
        return await self._gateways.start(address, log)

    async def activator(self, pod: Obj, address: str, log: Path) -> Program:
        """Listening when it returns."""
        activator = Activator(
            pod,
            address,
            store=self._store,
            backends=self._backends,
            faults=self._faults,
            sink=self._sink,
            timeout_is_total=self._timeout_is_total,
        )
        await activator.start(log, quiet=self._settings.delays.drain_quiet)
        return activator
