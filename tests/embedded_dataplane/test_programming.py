"""The gateway, a real Envoy, while routes change: no request meets a route whose cluster is not there."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from kserve_conformance.embedded.apiserver.resources import ENDPOINTS, INGRESSES, NAMESPACES, Registry
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.dataplane.gateways import Gateways
from kserve_conformance.embedded.dataplane.programming import Programmer
from kserve_conformance.embedded.dataplane.routes import PUBLIC, Translator
from kserve_conformance.embedded.dataplane.xds import Files
from kserve_conformance.embedded.faults import Faults
from kserve_conformance.embedded.node.addresses import take_block
from kserve_conformance.embedded.settings import Settings

HOST, NAMESPACE = "iris.example.com", "team-a"
ROLLOUTS = 15


def ingress(revision: str, *, name: str = "iris", host: str = HOST) -> dict[str, Any]:
    split = {
        "serviceName": revision,
        "serviceNamespace": NAMESPACE,
        "servicePort": 80,
        "percent": 100,
        "appendHeaders": {"Revision": revision},
    }
    rule = {"hosts": [host], "visibility": "ExternalIP", "http": {"paths": [{"splits": [split]}]}}
    return {"metadata": {"name": name, "namespace": NAMESPACE}, "spec": {"rules": [rule]}}


@contextlib.asynccontextmanager
async def backend() -> AsyncIterator[int]:
    """Answers with the revision that the gateway says the request is for."""

    async def answer(request: web.Request) -> web.Response:
        await asyncio.sleep(float(request.query.get("sleep", 0)))
        return web.Response(text=request.headers["Revision"])

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    yield site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
    await runner.cleanup()


@contextlib.asynccontextmanager
async def gateway(store: Store, folder: Path) -> AsyncIterator[tuple[Programmer, int]]:
    block, holder = take_block()
    with holder, socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
        free.close()
        settings = Settings(folder, "current", api_port=0, gateway_port=port, block=block)
        files = Files(folder / "gateway")
        gateways = Gateways(files)
        programmer = Programmer(store, settings, files, gateways, Translator(store, Faults(lambda _: {})))
        programmer.prepare()
        program = await gateways.start(f"127.{block}.1.1", folder / "gateway.log")
        running = asyncio.create_task(programmer.run())
        try:
            yield programmer, port
        finally:
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running
            program.kill()
            await program.wait()


def roll_out(store: Store, revision: str, port: int) -> None:
    subset = {"addresses": [{"ip": "127.0.0.1"}], "ports": [{"name": "http", "port": port}]}
    store.create(ENDPOINTS, {"metadata": {"name": revision, "namespace": NAMESPACE}, "subsets": [subset]})
    found = store.find(INGRESSES, NAMESPACE, "iris")
    if found is None:
        store.create(INGRESSES, ingress(revision))
    else:
        store.update(INGRESSES, {**found, "spec": ingress(revision)["spec"]})


def test_no_request_is_lost_while_revisions_come_and_go(tmp_path: Path) -> None:
    asyncio.run(_revisions_come_and_go(tmp_path))


async def _revisions_come_and_go(tmp_path: Path) -> None:
    store = Store(Registry())
    store.create(NAMESPACES, {"metadata": {"name": NAMESPACE}})
    seen: Counter[tuple[int, str]] = Counter()
    async with backend() as model, gateway(store, tmp_path) as (programmer, port), aiohttp.ClientSession() as session:

        async def ask() -> tuple[int, str]:
            async with session.get(f"http://127.0.0.1:{port}/", headers={"Host": HOST}) as answer:
                return answer.status, await answer.text()

        roll_out(store, "r-0", model)
        async with asyncio.timeout(20):
            while (PUBLIC, HOST) not in programmer.served:
                await asyncio.sleep(0.01)
            for number in range(1, ROLLOUTS):
                roll_out(store, f"r-{number}", model)
                while (said := await ask()) != (200, f"r-{number}"):
                    seen[said] += 1
    assert {said: count for said, count in seen.items() if said[0] != 200} == {}
    assert sum(seen.values()) >= ROLLOUTS - 1  # requests did meet the change


def test_requests_meet_endpoints_that_change(tmp_path: Path) -> None:
    asyncio.run(_endpoints_change(tmp_path))


async def _endpoints_change(tmp_path: Path) -> None:
    """A pod leaves while it answers: what it has begun it ends, and nobody else is lost."""
    store = Store(Registry())
    store.create(NAMESPACES, {"metadata": {"name": NAMESPACE}})
    async with (
        backend() as one,
        backend() as other,
        gateway(store, tmp_path) as (programmer, port),
        aiohttp.ClientSession() as session,
    ):

        async def ask(query: str = "") -> int:
            async with session.get(f"http://127.0.0.1:{port}/{query}", headers={"Host": HOST}) as answer:
                await answer.read()
                return answer.status

        roll_out(store, "r-0", one)
        async with asyncio.timeout(20):
            while (PUBLIC, HOST) not in programmer.served:
                await asyncio.sleep(0.01)
            begun = [asyncio.create_task(ask("?sleep=2")) for _ in range(5)]
            answers = []
            for number in range(20):
                found = store.find(ENDPOINTS, NAMESPACE, "r-0")
                assert found is not None
                found["subsets"][0]["ports"][0]["port"] = (other, one)[number % 2]
                store.update(ENDPOINTS, found)
                answers += await asyncio.gather(*(ask() for _ in range(20)))
            assert set(answers) == {200}
            assert set(await asyncio.gather(*begun)) == {200}


def test_there_may_be_more_services_than_inotify_instances(tmp_path: Path) -> None:
    asyncio.run(_many_services(tmp_path))


async def _many_services(tmp_path: Path) -> None:
    store = Store(Registry())
    store.create(NAMESPACES, {"metadata": {"name": NAMESPACE}})
    many = 1 + int(Path("/proc/sys/fs/inotify/max_user_instances").read_text())
    async with gateway(store, tmp_path) as (programmer, _), asyncio.timeout(30):
        for number in range(min(many, 300)):
            store.create(INGRESSES, ingress(f"r-{number}", name=f"i-{number}", host=f"i-{number}.example.com"))
        while len(programmer.served) < min(many, 300):
            await asyncio.sleep(0.05)
