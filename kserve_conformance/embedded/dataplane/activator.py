"""The activator of one pod: an Envoy that holds requests of revisions that have no room for them, and a gate that says
when to pass them on (serving cmd/activator)."""

from __future__ import annotations

import asyncio
from pathlib import Path

from kserve_conformance.embedded.apiserver.resources import ENDPOINTS
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.controllers import names
from kserve_conformance.embedded.dataplane import activator_resources
from kserve_conformance.embedded.dataplane.backends import Backends
from kserve_conformance.embedded.dataplane.envoy import Envoy, EnvoyError
from kserve_conformance.embedded.dataplane.gate import Gate
from kserve_conformance.embedded.dataplane.held import Held
from kserve_conformance.embedded.faults import Faults
from kserve_conformance.embedded.metrics import StatSink
from kserve_conformance.embedded.objects import Obj

LOOK_EVERY = 0.05


class Activator:
    """A running program of the kubelet's: `start`, then requests, then `terminate` or `kill`."""

    def __init__(
        self,
        pod: Obj,
        address: str,
        *,
        store: Store,
        backends: Backends,
        faults: Faults,
        sink: StatSink,
        timeout_is_total: bool,
    ) -> None:
        self._address = address
        self._store = store
        self._faults = faults
        self._held = Held(str(pod["metadata"]["name"]), sink)
        self._gate = Gate(store, backends, faults, self._held, timeout_is_total=timeout_is_total)
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, log: Path, *, quiet: float) -> None:
        """Raises EnvoyError. `quiet`: seconds without a request before it ends, once told to."""
        self._quiet = quiet
        gate = await self._gate.start(self._address)
        self._envoy = Envoy(log, self._address)
        try:
            await self._envoy.start(activator_resources.activator(self._address, gate_port=gate))
        except EnvoyError:
            await self._gate.stop()
            raise
        self._tasks.append(asyncio.create_task(self._held.report()))

    @property
    def requests(self) -> int:
        """Those inside it that are not answered yet."""
        return len(self._gate.open)

    async def wait(self) -> int:
        try:
            return await self._envoy.wait()
        finally:
            for task in self._tasks:
                task.cancel()
            await self._gate.stop()
            await self._envoy.stop()

    def terminate(self) -> None:
        self._tasks.append(asyncio.create_task(self._drain()))

    def kill(self) -> None:
        """Resets whatever it holds."""
        self._envoy.kill()

    async def _drain(self) -> None:
        """Until nobody is sent here any more and everything is answered."""
        self._gate.terminating = True
        for namespace in {each.revision.namespace for each in self._gate.open}:
            if self._faults.fires("upgrade-drops-requests", namespace):  # F092
                self._gate.drop(namespace, only_held=False)
            if self._faults.fires("activator-kill-loses-requests", namespace):  # F101
                self._gate.drop(namespace, only_held=True)
        loop = asyncio.get_running_loop()
        seen, quiet_since = self._gate.seen, loop.time()
        while self._is_addressed() or self._gate.open or loop.time() - quiet_since < self._quiet:
            if self._gate.seen != seen:
                seen, quiet_since = self._gate.seen, loop.time()
            await asyncio.sleep(LOOK_EVERY)
        self._envoy.terminate()

    def _is_addressed(self) -> bool:
        found = self._store.find(ENDPOINTS, names.SYSTEM, "activator-service") or {}
        return any(
            address["ip"] == self._address
            for subset in found.get("subsets") or ()
            for address in subset.get("addresses") or ()
        )
