"""The activator: holds requests of revisions that have no room for them, and passes them on when they have.

serving pkg/activator/handler (context, tracing of errors) and cmd/activator (draining).
"""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from kserve_conformance.embedded.apiserver.resources import ENDPOINTS, REVISIONS
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.controllers import names
from kserve_conformance.embedded.dataplane.backends import Backends
from kserve_conformance.embedded.dataplane.held import Held
from kserve_conformance.embedded.faults import Faults
from kserve_conformance.embedded.metrics import StatSink
from kserve_conformance.embedded.objects import Key, Obj

log = logging.getLogger(__name__)

NAMESPACE_HEADER, REVISION_HEADER = "Knative-Serving-Namespace", "Knative-Serving-Revision"
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "proxy-connection"}
HOLDS_FOR = 300.0  # seconds: the default revision timeout (config-defaults)
LARGEST_BODY = 1 << 30
LOOK_EVERY = 0.05


@dataclass(eq=False)
class Open:
    """A request that is not answered yet."""

    request: web.Request
    revision: Key

    def abort(self) -> None:
        """Resets the connection."""
        if self.request.transport is not None:
            self.request.transport.abort()


class Activator:
    """A running program of the kubelet's: `start`, then requests, then `terminate` or `kill`."""

    def __init__(
        self, pod: Obj, address: str, *, store: Store, backends: Backends, faults: Faults, sink: StatSink
    ) -> None:
        self._address = address
        self._store = store
        self._backends = backends
        self._faults = faults
        self._held = Held(str(pod["metadata"]["name"]), sink)
        self._open: set[Open] = set()
        self._last_request = 0.0
        self._ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, log_file: Path, *, quiet: float) -> None:
        """Raises OSError when the address is taken. `quiet`: seconds without a request before it ends, once told to."""
        self._quiet = quiet
        app = web.Application(client_max_size=LARGEST_BODY)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._address, names.QUEUE_PORT).start()
        # One connection for each request: a pod that ends must not break a request by closing an idle connection.
        connector = aiohttp.TCPConnector(limit=0, force_close=True)
        self._session = aiohttp.ClientSession(
            connector=connector, auto_decompress=False, timeout=aiohttp.ClientTimeout(total=None)
        )
        self._tasks.append(asyncio.create_task(self._held.report()))
        log_file.write_text(f"listening on {self._address}:{names.QUEUE_PORT}\n")

    async def wait(self) -> int:
        return await asyncio.shield(self._ended)

    def terminate(self) -> None:
        self._tasks.append(asyncio.create_task(self._drain()))

    def kill(self) -> None:
        if not self._ended.done():
            self._abort_all(self._open)
            self._tasks.append(asyncio.create_task(self._end(128 + signal.SIGKILL)))

    async def _drain(self) -> None:
        """Until nobody is sent here any more and everything is answered."""
        self._abort_all([each for each in self._open if self._drops(each.revision)])
        while self._is_addressed() or self._open or time.monotonic() - self._last_request < self._quiet:
            await asyncio.sleep(LOOK_EVERY)
        await self._end(0)

    def _drops(self, revision: Key) -> bool:
        return self._faults.fires("upgrade-drops-requests", revision.namespace)  # F092

    def _abort_all(self, requests: Iterable[Open]) -> None:
        for each in tuple(requests):
            each.abort()

    async def _end(self, code: int) -> None:
        await self._session.close()
        await self._runner.cleanup()
        for task in self._tasks:
            if task is not asyncio.current_task():
                task.cancel()
        if not self._ended.done():
            self._ended.set_result(code)

    def _is_addressed(self) -> bool:
        found = self._store.find(ENDPOINTS, names.SYSTEM, "activator-service") or {}
        return any(
            address["ip"] == self._address
            for subset in found.get("subsets") or ()
            for address in subset.get("addresses") or ()
        )

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self._last_request = time.monotonic()
        revision = Key(request.headers.get(NAMESPACE_HEADER, ""), request.headers.get(REVISION_HEADER, ""))
        if self._store.find(REVISIONS, revision.namespace, revision.name) is None:
            return web.Response(status=404, text=f'revision.serving.knative.dev "{revision.name}" not found')
        opened = Open(request, revision)
        self._open.add(opened)
        try:
            return await self._answer(request, revision)
        finally:
            self._open.discard(opened)
            self._last_request = time.monotonic()

    async def _answer(self, request: web.Request, revision: Key) -> web.StreamResponse:
        body = await request.read()
        cold = not self._backends.ready(revision)
        if cold and self._faults.fires("drop-first-cold-request", revision.namespace):  # F052
            return web.Response(status=503, text="no healthy upstream")
        deadline = time.monotonic() + HOLDS_FOR
        while True:
            try:
                with self._held.one(revision, cold=cold):
                    address = await asyncio.wait_for(self._backends.take(revision), deadline - time.monotonic())
            except TimeoutError:
                return web.Response(status=503, text="context deadline exceeded")
            try:
                return await self._pass_on(request, body, address)
            except aiohttp.ClientConnectorError as error:  # nothing was sent: the pod has just gone
                log.info("activator: %s", error)
                await asyncio.sleep(LOOK_EVERY)
            except aiohttp.ClientError as error:
                log.info("activator: %s", error)
                return web.Response(status=502, text="bad gateway")
            finally:
                self._backends.give_back(revision, address)

    async def _pass_on(self, request: web.Request, body: bytes, address: str) -> web.StreamResponse:
        headers = CIMultiDict(each for each in request.headers.items() if each[0].lower() not in HOP_BY_HOP)
        headers["K-Proxy-Request"] = "activator"
        url = f"http://{address}:{names.QUEUE_PORT}{request.raw_path}"
        async with self._session.request(
            request.method,
            URL(url, encoded=True),
            headers=headers,
            data=body or None,
            allow_redirects=False,
            skip_auto_headers=("User-Agent", "Content-Type", "Accept", "Accept-Encoding"),
        ) as answer:
            kept = CIMultiDict(each for each in answer.headers.items() if each[0].lower() not in HOP_BY_HOP)
            response = web.StreamResponse(status=answer.status, reason=answer.reason, headers=kept)
            await response.prepare(request)
            async for chunk in answer.content.iter_any():
                await response.write(chunk)
            await response.write_eof()
            return response
