"""KServe's agent: batcher and logger between queue proxy and model server (kserve cmd/agent, v0.10.0 and v0.20.0)."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
from collections.abc import AsyncIterator, Iterator

import aiohttp
from aiohttp import web

from kserve_conformance.embedded import go
from kserve_conformance.embedded.runtimes import VERSION_ENV, seeded
from kserve_conformance.embedded.runtimes.agent_batcher import PREDICT, BadRequestError, Batcher
from kserve_conformance.embedded.runtimes.agent_logger import Event, Logger, Origin, identity, now

PORT = 9081
HOP_BY_HOP = ("connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "content-length")
TEXT = {"Content-Type": "text/plain; charset=utf-8"}
LARGEST = 1 << 30


class Agent:
    """Logs around the batcher, which is around the model server."""

    def __init__(self, options: argparse.Namespace, *, old: bool) -> None:
        self._target = f"http://127.0.0.1:{options.component_port}"
        self._old = old
        self._logger = _logger(options, old=old) if options.log_url else None
        size, latency = options.max_batchsize, options.max_latency / 1000
        self._batcher = Batcher(self._ask, size=size, latency=latency) if options.enable_batcher else None

    def serve(self) -> None:
        """Until SIGTERM."""
        application = web.Application(client_max_size=LARGEST)
        application.cleanup_ctx.append(self._background)
        application.router.add_route("*", "/{path:.*}", self._handle)
        web.run_app(application, host="0.0.0.0", port=PORT, print=None, access_log=None)

    async def _background(self, _: web.Application) -> AsyncIterator[None]:
        timeout = aiohttp.ClientTimeout(total=None)
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(timeout=timeout, connector=connector, auto_decompress=False) as self._session:
            tasks = [asyncio.create_task(each.run()) for each in (self._logger, self._batcher) if each]
            yield
            for task in tasks:
                task.cancel()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("K-Network-Probe") == "queue":
            return web.Response(text="queue")
        body = await request.read()
        logger = self._logger
        if logger is None or request.headers.get("User-Agent", "").startswith("kube-probe/"):
            return await self._answer(request, body, bytearray())
        number, metadata = identity(request.headers), logger.metadata(request.headers)
        content_type = request.headers.get("Content-Type", "")
        await logger.put(Event("request", number, content_type, body, now(), metadata))
        if logger.failed and "logger-needs-its-sink" in seeded():  # F145
            return web.Response(status=502, text="the event was not taken\n")
        said = bytearray()
        answer = await self._answer(request, body, said)
        # A batched answer has no explicit status, and without one today's logger takes it for a failure.
        batched = self._batcher is not None and self._waits(request)
        if answer.status == 200 and (self._old or not batched):
            kind = answer.headers.get("Content-Type", "") if self._old else content_type
            data = body if "logger-repeats-request" in seeded() else bytes(said)  # F215
            await logger.put(Event("response", number, kind, data, now(), metadata))
        return answer

    async def _answer(self, request: web.Request, body: bytes, said: bytearray) -> web.StreamResponse:
        """`said` gets the answer's body."""
        if self._batcher is None or not self._waits(request):
            return await self._pass_on(request, body, said)
        try:
            said += await self._batcher.predict(request.path, body)
        except BadRequestError as error:
            return web.Response(status=400, text=f"{error}\n", headers={"X-Content-Type-Options": "nosniff"})
        return web.Response(body=bytes(said), headers=TEXT)

    @staticmethod
    def _waits(request: web.Request) -> bool:
        """Whether a batcher would take it."""
        everything = request.method == "POST" and "batcher-takes-everything" in seeded()  # F213
        return everything or request.path.endswith(PREDICT)

    async def _pass_on(self, request: web.Request, body: bytes, said: bytearray) -> web.StreamResponse:
        url = self._target + request.raw_path
        headers = [(name, value) for name, value in request.headers.items() if name.lower() not in HOP_BY_HOP]
        try:
            async with self._session.request(
                request.method,
                url,
                data=body or None,
                headers=headers,
                allow_redirects=False,
                skip_auto_headers=("Content-Type", "Accept", "Accept-Encoding", "User-Agent"),
            ) as answer:
                hidden = self._logger is not None and "logger-hides-errors" in seeded()  # F085
                response = web.StreamResponse(status=200 if hidden else answer.status, reason=answer.reason)
                for name, value in answer.headers.items():
                    if name.lower() not in HOP_BY_HOP:
                        response.headers.add(name, value)
                await response.prepare(request)
                async for part in answer.content.iter_any():
                    said += part
                    await response.write(part)
                await response.write_eof()
                return response
        except (aiohttp.ClientConnectorError, aiohttp.ServerDisconnectedError) as error:
            return web.Response(status=502, text=go.client_error(error) + "\n")

    async def _ask(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Of a request's headers the model server gets none."""
        try:
            async with self._session.post(
                self._target + path, data=body, skip_auto_headers=("Content-Type", "Accept", "User-Agent")
            ) as answer:
                return answer.status, await answer.read()
        except (aiohttp.ClientError, OSError) as error:
            return 502, (go.client_error(error) + "\n").encode()


def _logger(options: argparse.Namespace, *, old: bool) -> Logger:
    origin = Origin(
        source=options.source_uri or f"http://localhost:{PORT}/",
        service=options.inference_service,
        namespace=options.namespace,
        endpoint=options.endpoint,
        component=options.component,
        annotations=dict(each.split("=", 1) for each in _several(options.metadata_annotations)),
        old=old,
    )
    return Logger(options.log_url, options.log_mode, origin, list(_several(options.metadata_headers)))


def _several(text: str) -> Iterator[str]:
    return (each for each in text.split(",") if each)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--component-port", type=int, default=8080)
    parser.add_argument("--enable-batcher", action="store_true")
    parser.add_argument("--max-batchsize", type=int, default=32)
    parser.add_argument("--max-latency", type=int, default=5000)
    parser.add_argument("--log-url", default="")
    parser.add_argument("--log-mode", default="all")
    for name in ("source-uri", "inference-service", "namespace", "endpoint", "component"):
        parser.add_argument(f"--{name}", default="")
    for name in ("metadata-headers", "metadata-annotations"):
        parser.add_argument(f"--{name}", default="")
    options, _ = parser.parse_known_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s: %(message)s")
    Agent(options, old=os.environ.get(VERSION_ENV, "").startswith("0.10.")).serve()
