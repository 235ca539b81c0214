"""Port forwarding: connections to a pod's own address, over SPDY or over WebSocket channels.

kubernetes pkg/kubelet (staging/src/k8s.io/kubelet/pkg/cri/streaming/portforward: httpstream.go, websocket.go).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from dataclasses import dataclass

from aiohttp import web

from kserve_conformance.embedded import errors
from kserve_conformance.embedded.apiserver.streaming import carriers
from kserve_conformance.embedded.apiserver.streaming.carriers import Channel, Tunnel
from kserve_conformance.embedded.apiserver.streaming.session import Session, SpdyStream
from kserve_conformance.embedded.apiserver.streaming.streams import Carrier, Stream, running
from kserve_conformance.embedded.objects import Obj

PROTOCOL = "portforward.k8s.io"
TUNNEL = "SPDY/3.1+" + PROTOCOL
CHANNELS = ("v4.channel.k8s.io", "portforward.k8s.io")
PAIRED_WITHIN = 30.0  # httpstream.go, DefaultStreamCreationTimeout
LINGERS = 10.0  # seconds for a pod to answer somebody who has finished sending
MOST_PORTS = 100
READ_AT_ONCE = 1 << 16


@dataclass(frozen=True)
class Pod:
    """Where the connections go."""

    name: str
    uid: str
    address: str

    @classmethod
    def of(cls, obj: Obj) -> Pod:
        """Raises ApiError 400 for a pod that does not run."""
        meta, status = obj["metadata"], obj.get("status") or {}
        if status.get("phase") != "Running" or not status.get("podIP"):
            why = f"unable to forward port because pod is not running. Current status={status.get('phase', 'Pending')}"
            raise errors.bad_request(why)
        return cls(meta["name"], meta["uid"], status["podIP"])


async def answer(request: web.Request, obj: Obj) -> web.StreamResponse:
    """Raises ApiError 400 for a request that wants no upgrade, or one that is not known."""
    pod = Pod.of(obj)
    if carriers.is_spdy(request):
        protocol = carriers.offered(request.headers.getall("X-Stream-Protocol-Version", []), [PROTOCOL])
        async with carriers.taken_over(request, protocol) as carrier:
            await _session(carrier, pod)
        return web.Response()  # to nobody: the connection is another's and closed
    if not carriers.is_websocket(request):
        raise carriers.upgrade_required()
    ports = _ports(request)
    socket = await carriers.websocket(request, [TUNNEL, *(CHANNELS if ports else ())], may_be_unsaid=bool(ports))
    if socket.ws_protocol == TUNNEL:
        await _session(Tunnel(socket), pod)
    else:
        await _channels(socket, ports, pod)
    await socket.close()
    return socket


async def _session(carrier: Carrier, pod: Pod) -> None:
    """Every connection is a pair of streams with one requestID: its bytes, and what went wrong."""
    waiting: dict[str, tuple[SpdyStream, asyncio.Task[None]]] = {}

    async def forward(first: SpdyStream, second: SpdyStream) -> None:
        data, error = (first, second) if first.headers.get("streamtype") == "data" else (second, first)
        with contextlib.suppress(ConnectionError):
            await _forward(data, error, port=data.headers.get("port", ""), pod=pod)
            await data.abandon()
            await error.abandon()

    async def expire(request_id: str, stream: SpdyStream) -> None:
        await asyncio.sleep(PAIRED_WITHIN)
        del waiting[request_id]
        with contextlib.suppress(ConnectionError):
            await stream.abandon()

    async with running() as start:
        async for stream in Session(carrier).streams():
            request_id = stream.headers.get("requestid", "")
            if request_id in waiting:
                other, expiry = waiting.pop(request_id)
                expiry.cancel()
                start(forward(other, stream))
            else:
                waiting[request_id] = stream, start(expire(request_id, stream))


async def _channels(socket: web.WebSocketResponse, ports: list[int], pod: Pod) -> None:
    """Two channels for each port, the second for what went wrong; both begin with the port's number."""
    channels = [Channel(socket, number) for number in range(2 * len(ports))]

    async def forward(index: int) -> None:
        with contextlib.suppress(ConnectionError):
            data, error = channels[2 * index : 2 * index + 2]
            await _forward(data, error, port=str(ports[index]), pod=pod)

    for number, each in enumerate(channels):
        await each.write(ports[number // 2].to_bytes(2, "little"))
    async with running() as start:
        forwarding = asyncio.gather(*(start(forward(index)) for index in range(len(ports))))
        client = start(carriers.pump(socket, channels))
        # Channels cannot be closed one by one, so the last connection of a pod's ends the whole.
        await asyncio.wait((forwarding, client), return_when=asyncio.FIRST_COMPLETED)
        forwarding.cancel()


async def _forward(data: Stream, error: Stream, *, port: str, pod: Pod) -> None:
    """One connection from its beginning to its end."""
    try:
        number = int(port)
        reader, writer = await asyncio.open_connection(pod.address, number)
    except (OSError, ValueError, OverflowError) as failed:
        # In the words of containerd (internal/cri/server/sandbox_portforward_linux.go), which enters the pod's network.
        why = (
            f'failed to execute portforward in network namespace "{pod.uid}": failed to connect to localhost:{port} '
            f'inside namespace "{pod.uid}", IPv4: dial tcp4 127.0.0.1:{port}: {_words(failed)} '
            "IPv6 dial tcp6: address localhost: no suitable address found"
        )
        await error.write(f"error forwarding port {port} to pod {pod.uid}, uid : {why}".encode())
        return
    try:
        coming = asyncio.create_task(_from_pod(reader, data))
        going = asyncio.create_task(_to_pod(data, writer))
        await asyncio.wait((coming, going), return_when=asyncio.FIRST_COMPLETED)
        if not coming.done():
            await asyncio.wait((coming,), timeout=LINGERS)
    finally:
        for each in (coming, going):
            each.cancel()
        await asyncio.gather(coming, going, return_exceptions=True)
        writer.close()


async def _from_pod(reader: asyncio.StreamReader, data: Stream) -> None:
    with contextlib.suppress(ConnectionError):
        while received := await reader.read(READ_AT_ONCE):
            await data.write(received)


async def _to_pod(data: Stream, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while sent := await data.read():
            writer.write(sent)
            await writer.drain()
        writer.write_eof()


def _ports(request: web.Request) -> list[int]:
    """Of WebSocket clients: in SPDY each stream says its own. Raises ApiError 400 for what is none."""
    texts = [text for each in request.query.getall("ports", []) for text in each.split(",")]
    for each in texts:
        if not each.isdigit() or not 0 < int(each) < 1 << 16:
            raise errors.bad_request(f'unable to parse "{each}" as a port: port must be in the range 1-65535')
    if len(texts) > MOST_PORTS:
        raise errors.bad_request(f"more than {MOST_PORTS} ports")
    return [int(each) for each in texts]


def _words(error: Exception) -> str:
    """As Go puts it."""
    if isinstance(error, OSError) and error.errno:
        return f"connect: {os.strerror(error.errno).lower()}"
    return "invalid port"
