"""The ingress gateway's pods: each is an Envoy, and all take the same configuration.

A gateway that ends takes no new connections and answers those it has; one that starts finds everything where the last
one had it (istio: terminationDrainDuration).
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp

from kserve_conformance.embedded.dataplane import resources
from kserve_conformance.embedded.dataplane.envoy import Envoy
from kserve_conformance.embedded.dataplane.routes import LOCAL, PUBLIC
from kserve_conformance.embedded.dataplane.xds import Files
from kserve_conformance.embedded.objects import Obj

DRAINS_FOR = 5.0  # MeshConfig proxyConfig.terminationDrainDuration
LOOK_EVERY = 0.05
# Where a pod listens at its own address: istio's Service leads from 80 to 8080, net-istio's local one to 8081.
POD_PORTS = {PUBLIC: 8080, LOCAL: 8081}
ACTIVE = r"^http\.(public|local)\.downstream_rq_active$"


class Gateway:
    """A running program of the kubelet's."""

    def __init__(self, envoy: Envoy, gateways: Gateways) -> None:
        self._envoy = envoy
        self._gateways = gateways
        self._draining: asyncio.Task[None] | None = None

    async def wait(self) -> int:
        try:
            return await self._envoy.wait()
        finally:
            self._gateways.discard(self._envoy)
            if self._draining is not None:
                self._draining.cancel()
            await self._envoy.stop()

    def terminate(self) -> None:
        self._gateways.discard(self._envoy)
        self._draining = asyncio.create_task(self._drain())

    def kill(self) -> None:
        """Resets whatever it has."""
        self._envoy.kill()

    async def _drain(self) -> None:
        try:
            async with asyncio.timeout(DRAINS_FOR):
                await self._envoy.drain()
                while _busy(await self._envoy.stats(ACTIVE)):
                    await asyncio.sleep(LOOK_EVERY)
        except (TimeoutError, aiohttp.ClientError):
            pass  # its time is over, or it has been killed
        self._envoy.terminate()


class Gateways:
    """Those that take requests."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._running: set[Envoy] = set()
        self._some = asyncio.Event()
        self.started = 0

    async def start(self, address: str, log: Path) -> Gateway:
        """Listening when it returns. Raises EnvoyError."""
        envoy = Envoy(log, address)
        listeners = [gateway_listener(name, address, port, self._files) for name, port in POD_PORTS.items()]
        own = [resources.untyped(each) for each in listeners]
        await envoy.start({**self._files.configuration(), "static_resources": {"listeners": own}})
        self._running.add(envoy)
        self.started += 1
        self._some.set()
        return Gateway(envoy, self)

    def discard(self, envoy: Envoy) -> None:
        self._running.discard(envoy)
        if not self._running:
            self._some.clear()

    async def up(self) -> None:
        """Returns when there is one."""
        await self._some.wait()

    async def clusters(self) -> set[str]:
        """What all of them have, and have warmed up."""
        found = await asyncio.gather(*(each.clusters() for each in self._running))
        return set.intersection(*found) if found else set()


def gateway_listener(gateway: str, host: str, port: int, files: Files) -> Obj:
    routes = {"rds": {"route_config_name": gateway, "config_source": files.source(gateway)}}
    return resources.listener(f"{gateway} at {host}", host, port, stat_prefix=gateway, routes=routes, gateway=True)


def _busy(statistics: str) -> bool:
    return any(not line.startswith("#") and line.rpartition(" ")[2] != "0" for line in statistics.splitlines() if line)
