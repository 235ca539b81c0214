"""The router of an InferenceGraph, with the behaviour of KServe's (cmd/router/main.go, v0.10.0 and v0.20.0).

The older one knows no status of a step: whatever a service answers is a 200, and a Switch that nothing matches gives
the request back.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import re
import signal
import time
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import web
from multidict import CIMultiDict

from kserve_conformance.embedded import go, runtimes
from kserve_conformance.embedded.runtimes import seeded
from kserve_conformance.embedded.runtimes.graph_nodes import Answer, Graph, Headers, RoutingError

PORT = 8080
HEADERS_ENV = "PROPAGATE_HEADERS"
DRAINS_FOR = 1.0  # 30 s on a cluster; as short here as the queue proxy's
FOREVER = 10.0**9
NOT_PASSED_ON = ("Host", "Content-Length", "Transfer-Encoding", "Trailer")  # net/http writes them itself

log = logging.getLogger("InferenceGraphRouter")


@dataclass(frozen=True)
class Timeouts:
    """Seconds; of the server for reading, writing and idling, of the client for one step."""

    read: float = FOREVER
    write: float = FOREVER
    idle: float = FOREVER
    step: float | None = None


class Router:
    """One graph behind one server. `old` is KServe before 0.12."""

    def __init__(self, spec: dict[str, Any], *, old: bool, propagate: str | None) -> None:
        self._old = old
        self._graph = Graph(spec["nodes"], self._call, old=old)
        self._timeouts = Timeouts() if old else _timeouts(spec.get("routerTimeouts") or {})
        # Without the variable the older router still splits an empty string, which names no header.
        self._exact = tuple((propagate or "").split(",")) if old else ()
        self._patterns = () if old or propagate is None else tuple(_compiled(propagate))
        self._stopping = asyncio.Event()

    async def serve(self) -> None:
        """Until SIGTERM: at once, or, since it has a readiness probe, after a while in which it is not ready."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._stopping.set)
        app = web.Application(client_max_size=1 << 30)
        if not self._old:
            app.router.add_route("*", "/readyz", self._ready)
        app.router.add_route("*", "/{path:.*}", self._handle)
        runner = web.AppRunner(app, access_log=None, keepalive_timeout=self._timeouts.idle)
        await runner.setup()
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), headers={"User-Agent": "Go-http-client/1.1"}
        ) as self._session:
            await web.TCPSite(runner, "0.0.0.0", PORT).start()  # which is the pod's own (node/network.py)
            await self._stopping.wait()
            if not self._old:
                await asyncio.sleep(DRAINS_FOR)
            await runner.cleanup()

    async def _ready(self, _: web.Request) -> web.Response:
        if self._stopping.is_set():
            return web.Response(status=503, text="shutting down\n")
        return web.Response()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        began = time.monotonic()
        try:
            async with asyncio.timeout(self._timeouts.read):
                body = await request.read()
        except TimeoutError:
            return _cut(request)
        headers = [(go.header(name), value) for name, value in request.headers.items()]
        try:
            answer = await self._graph.route("root", body, headers)
            if "graph-hides-status" in seeded():  # F205
                answer = Answer(answer.body, 200)
        except RoutingError as error:
            log.error("failed to process request: %s", error)
            answer = self._failure(error)
        if time.monotonic() - began > self._timeouts.write:
            return _cut(request)
        return self._response(answer)

    def _failure(self, error: RoutingError) -> Answer:
        if self._old:
            return Answer(f"Failed to process request: {error}".encode(), 500)
        return Answer(go.dumps({"error": "Failed to process request", "cause": str(error)}, sort=False), error.status)

    def _response(self, answer: Answer) -> web.Response:
        """The older router leaves the content type to Go, which takes JSON for text."""
        is_json = not self._old and go.is_json(answer.body)
        kind = "application/json" if is_json else "text/plain; charset=utf-8"
        return web.Response(body=answer.body, status=answer.status, headers={"Content-Type": kind})

    async def _call(self, url: str, body: bytes, headers: Headers) -> Answer:
        """POST to a step's service. Raises RoutingError."""
        sent = CIMultiDict((name, value) for name, value in headers if self._passes(name))
        sent.setdefault("Content-Type", "application/json")
        timeout = aiohttp.ClientTimeout(total=self._timeouts.step)
        try:
            async with self._session.post(
                url, data=body, headers=sent, timeout=timeout, skip_auto_headers=("Accept",)
            ) as answer:
                return Answer(await answer.read(), answer.status)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise RoutingError(f'Post "{url}": {go.client_error(error)}') from error

    def _passes(self, name: str) -> bool:
        if name in NOT_PASSED_ON:
            return False
        if "graph-passes-all-headers" in seeded():  # F392
            return True
        return name in self._exact or any(each.search(name) for each in self._patterns)


def _cut(request: web.Request) -> web.Response:
    """Go closes a connection whose time is up, without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _timeouts(given: dict[str, Any]) -> Timeouts:
    return Timeouts(
        read=given.get("serverRead") or 60,
        write=given.get("serverWrite") or 60,
        idle=given.get("serverIdle") or 180,
        step=given.get("serviceClient"),
    )


def _compiled(patterns: str) -> list[re.Pattern[str]]:
    compiled = []
    for each in patterns.split(","):
        try:
            compiled.append(re.compile(each))
        except re.error as error:
            log.error("failed to compile pattern %r: %s", each, error)
    return compiled


def main(arguments: list[str]) -> None:
    """Serves until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--graph-json", required=True)
    options, _ = parser.parse_known_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s: %(message)s")
    old = runtimes.version().startswith("0.10.")
    spec = go.loads(options.graph_json)

    async def serve() -> None:
        await Router(spec, old=old, propagate=os.environ.get(HEADERS_ENV)).serve()

    asyncio.run(serve())
