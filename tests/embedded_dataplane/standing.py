"""An activator in front of a queue proxy, each a real Envoy, as the tests stand them up."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from kserve_conformance.embedded.apiserver.resources import ENDPOINTS, NAMESPACES, PODS, REVISIONS, Registry
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.dataplane.activator import Activator
from kserve_conformance.embedded.dataplane.backends import Backends
from kserve_conformance.embedded.dataplane.envoy import Envoy
from kserve_conformance.embedded.dataplane.queue_proxies import QueueProxies
from kserve_conformance.embedded.dataplane.xds import Files
from kserve_conformance.embedded.faults import Faults
from kserve_conformance.embedded.metrics import Stat
from kserve_conformance.embedded.objects import Obj

NAMESPACE, REVISION = "team-a", "iris-00001"
HEADERS = {"Knative-Serving-Namespace": NAMESPACE, "Knative-Serving-Revision": REVISION, "Host": "iris.example.com"}
USER_PORT = 8080
WITHIN = 20.0


@dataclass
class Sink:
    stats: list[Stat] = field(default_factory=list)

    def record(self, stat: Stat) -> None:
        self.stats.append(stat)


@dataclass
class Setup:
    """An activator at `activator`, one pod at `pod`."""

    store: Store
    program: Activator
    activator: str
    pod: str
    port: int
    sink: Sink
    session: aiohttp.ClientSession

    @property
    def url(self) -> str:
        return f"http://{self.activator}:8012"

    def become_ready(self) -> None:
        subset = {"addresses": [{"ip": self.pod}], "ports": [{"name": "http", "port": self.port}]}
        private = {"metadata": {"name": f"{REVISION}-private", "namespace": NAMESPACE}, "subsets": [subset]}
        self.store.create(ENDPOINTS, private)

    async def get(self, path: str = "/", **headers: str) -> tuple[int, str]:
        async with self.session.get(self.url + path, headers={**HEADERS, **headers}) as answer:
            return answer.status, await answer.text()


def pod_with_queue_proxy(address: str, port: int = 8012, **spec: Any) -> Obj:
    """`spec` is that of its revision."""
    env = {
        "SERVING_NAMESPACE": NAMESPACE,
        "SERVING_REVISION": REVISION,
        "QUEUE_SERVING_PORT": port,
        "USER_PORT": USER_PORT,
        "CONTAINER_CONCURRENCY": spec.get("containerConcurrency", 0),
        "REVISION_TIMEOUT_SECONDS": spec.get("timeoutSeconds", 300),
        "REVISION_IDLE_TIMEOUT_SECONDS": spec.get("idleTimeoutSeconds", 0),
    }
    variables = [{"name": name, "value": str(value)} for name, value in env.items()]
    return {
        "metadata": {"name": "iris", "namespace": NAMESPACE},
        "spec": {"containers": [{"name": "queue-proxy", "image": "q", "env": variables}]},
        "status": {"podIP": address},
    }


@contextlib.asynccontextmanager
async def standing(
    folder: Path, addresses: Iterator[str], *, h2c: bool = False, total: bool = True, **spec: Any
) -> AsyncIterator[Setup]:
    store, sink = Store(Registry()), Sink()
    store.create(NAMESPACES, {"metadata": {"name": NAMESPACE}})
    here, pod = next(addresses), next(addresses)
    port = 8013 if h2c else 8012
    ports = [{"name": "h2c" if h2c else "http1", "containerPort": USER_PORT}]
    store.create(
        REVISIONS,
        {
            "metadata": {"name": REVISION, "namespace": NAMESPACE},
            "spec": {"containers": [{"image": "x", "ports": ports}], **spec},
        },
    )
    store.create(PODS, pod_with_queue_proxy(pod, port, **spec))
    backends = Backends(store)
    program = Activator(
        {"metadata": {"name": "activator-1"}},
        here,
        store=store,
        backends=backends,
        faults=Faults(lambda _: {}),
        sink=sink,
        timeout_is_total=total,
    )
    files = Files(folder / "queues")
    queues = Envoy(folder / "queues.log", next(addresses))
    await queues.start(files.configuration())
    await QueueProxies(store, files, queues, Faults(lambda _: {}), timeout_is_total=total).write()
    await program.start(folder / "activator.log", quiet=0.1)
    waking = asyncio.create_task(backends.run())
    ended = asyncio.create_task(program.wait())
    try:
        async with aiohttp.ClientSession() as session:
            await _listening(pod, port)
            yield Setup(store, program, here, pod, port, sink, session)
    finally:
        program.kill()
        await ended
        waking.cancel()
        await queues.stop()


async def _listening(host: str, port: int) -> None:
    async with asyncio.timeout(WITHIN):
        while True:
            try:
                _, writer = await asyncio.open_connection(host, port)
            except OSError:
                await asyncio.sleep(0.01)
            else:
                writer.close()
                return


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(3 * WITHIN):
            await test()

    asyncio.run(limited())
