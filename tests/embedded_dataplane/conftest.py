"""Loopback addresses, a gRPC server and an HTTP server to stand behind the data plane."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

import grpc
import pytest
from aiohttp import web

from kserve_conformance.embedded.node.addresses import pod_addresses, take_block


@pytest.fixture
def addresses() -> Iterator[Iterator[str]]:
    """Of pods, in a block of its own."""
    block, holder = take_block()
    with holder:
        yield pod_addresses(block)


@dataclass
class Model:
    """Answers what it was asked, after `?sleep=` seconds, with the headers it saw."""

    inside: int = 0
    most: int = 0
    seen: Counter[str] = field(default_factory=Counter)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.inside += 1
        self.most = max(self.most, self.inside)
        self.seen[request.path] += 1
        try:
            if request.path == "/ws":
                return await self._echo(request)
            body = await request.read()
            await asyncio.sleep(float(request.query.get("sleep", 0)))
            if request.path == "/stream":
                return await self._stream(request)
            return web.json_response({"headers": dict(request.headers), "size": len(body)})
        finally:
            self.inside -= 1

    async def _echo(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            await socket.send_str(message.data)
        return socket

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for number in range(3):
            await response.write(f"{number}\n".encode())
            await asyncio.sleep(float(request.query.get("gap", 0)))
        return response


@contextlib.asynccontextmanager
async def http_model(address: str, port: int) -> AsyncIterator[Model]:
    model = Model()
    app = web.Application(client_max_size=1 << 30)
    app.router.add_route("*", "/{path:.*}", model.answer)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, address, port).start()
    yield model
    await runner.cleanup()


@contextlib.asynccontextmanager
async def grpc_model(address: str, port: int) -> AsyncIterator[None]:
    """`/test.Echo/Echo` answers the bytes it is sent, with a trailer; `/test.Echo/Fail` NOT_FOUND."""

    async def echo(requests: AsyncIterator[bytes], context: Any) -> AsyncIterator[bytes]:
        context.set_trailing_metadata((("last", "word"),))
        async for each in requests:
            yield each

    async def fail(_: AsyncIterator[bytes], context: Any) -> AsyncIterator[bytes]:
        await context.abort(grpc.StatusCode.NOT_FOUND, "no such model")
        yield b""

    methods = {"Echo": echo, "Fail": fail}
    handlers = {name: grpc.stream_stream_rpc_method_handler(method) for name, method in methods.items()}
    server = grpc.aio.server(handlers=[grpc.method_handlers_generic_handler("test.Echo", handlers)])
    server.add_insecure_port(f"{address}:{port}")
    await server.start()
    yield
    await server.stop(None)
