"""Upgrades from HTTP: a connection taken over for SPDY, WebSocket messages that carry SPDY, WebSocket channels."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

from aiohttp import WSMsgType, web

from kserve_conformance.embedded import errors
from kserve_conformance.embedded.apiserver.streaming.streams import Inbox

SPDY = "SPDY/3.1"
LARGEST_MESSAGE = 1 << 24
READ_AT_ONCE = 1 << 16
CLOSE_CHANNEL = 255  # of v5.channel.k8s.io: the byte after it names the channel that ends


class TakenOver:
    """The TCP connection of a request that asked for an upgrade which aiohttp does not know."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def receive(self) -> bytes:
        try:
            return await self._reader.read(READ_AT_ONCE)
        except ConnectionError:
            return b""

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def close(self) -> None:
        self._writer.close()


class _Protocol(asyncio.StreamReaderProtocol):
    """Tells aiohttp's own protocol, which was there before, that the connection has ended."""

    def __init__(self, reader: asyncio.StreamReader, before: asyncio.BaseProtocol) -> None:
        super().__init__(reader)
        self._before = before

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._before.connection_lost(exc)


@contextlib.asynccontextmanager
async def taken_over(request: web.Request, protocol: str) -> AsyncIterator[TakenOver]:
    """SPDY as long as the block lasts. `protocol` is what is spoken inside, of those the client offered."""
    transport = request.transport
    if transport is None or transport.is_closing():
        raise ConnectionResetError
    reader = asyncio.StreamReader()
    takes = _Protocol(reader, transport.get_protocol())
    transport.set_protocol(takes)
    takes.connection_made(transport)
    writer = asyncio.StreamWriter(transport, takes, reader, asyncio.get_running_loop())
    lines = ["HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", f"Upgrade: {SPDY}"]
    writer.write("\r\n".join((*lines, f"X-Stream-Protocol-Version: {protocol}", "\r\n")).encode())
    carrier = TakenOver(reader, writer)
    try:
        yield carrier
    finally:
        await carrier.close()


class Tunnel:
    """SPDY inside binary messages (KEP-4006; client-go tools/portforward/tunneling_connection.go)."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self._socket = socket

    async def receive(self) -> bytes:
        async for message in self._socket:
            if message.type is WSMsgType.BINARY and message.data:  # empty ones carry nothing, and end nothing
                return bytes(message.data)
        return b""

    async def send(self, data: bytes) -> None:
        await self._socket.send_bytes(data)

    async def close(self) -> None:
        await self._socket.close()


class Channel:
    """One of the streams of a WebSocket: its number is the first byte of every message."""

    def __init__(self, socket: web.WebSocketResponse, number: int) -> None:
        self._socket = socket
        self._number = bytes([number])
        self.inbox = Inbox()

    async def read(self) -> bytes:
        return await self.inbox.get()

    async def write(self, data: bytes) -> None:
        await self._socket.send_bytes(self._number + data)

    async def finish(self) -> None:
        """There is no message for that from the server's side."""


async def pump(socket: web.WebSocketResponse, channels: Sequence[Channel]) -> None:
    """Takes messages to their channels until the client has gone. Every channel then reads its end.

    The Python client writes a str as a text message, bytes as a binary one.
    """
    try:
        async for message in socket:
            content = message.data.encode() if message.type is WSMsgType.TEXT else message.data
            if message.type not in (WSMsgType.BINARY, WSMsgType.TEXT) or not content:
                continue
            number, data = content[0], content[1:]
            if number == CLOSE_CHANNEL and data and data[0] < len(channels):
                channels[data[0]].inbox.end()
            elif number < len(channels):
                await channels[number].inbox.put(data)
    finally:
        for each in channels:
            each.inbox.end()


def is_websocket(request: web.Request) -> bool:
    return request.headers.get("Upgrade", "").lower() == "websocket"


def is_spdy(request: web.Request) -> bool:
    return request.headers.get("Upgrade", "").lower() == SPDY.lower()


async def websocket(
    request: web.Request, protocols: Sequence[str], *, may_be_unsaid: bool = False
) -> web.WebSocketResponse:
    """Raises ApiError 400 when the client offers none of the protocols.

    Where it `may_be_unsaid`, the client may name none at all, as kr8s does.
    """
    theirs = request.headers.getall("Sec-WebSocket-Protocol", [])
    chosen = [offered(theirs, protocols)] if theirs or not may_be_unsaid else []
    socket = web.WebSocketResponse(protocols=chosen, compress=False, max_msg_size=LARGEST_MESSAGE)
    await socket.prepare(request)
    return socket


def offered(headers: Sequence[str], known: Sequence[str]) -> str:
    """The first known protocol among the client's. Raises ApiError 400, as a kubelet does, when there is none."""
    theirs = [each.strip() for line in headers for each in line.split(",")]
    for each in known:
        if each in theirs:
            return each
    listed, wanted = " ".join(theirs), " ".join(known)
    why = f"unable to upgrade: unable to negotiate protocol: client supports [{listed}], server accepts [{wanted}]"
    raise errors.bad_request(why)


def upgrade_required() -> errors.ApiError:
    return errors.bad_request("Upgrade request required")
