"""exec and attach, over WebSocket channels and over SPDY.

kubernetes staging/src/k8s.io/kubelet/pkg/cri/streaming/remotecommand (websocket.go, httpstream.go, exec.go).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import orjson
from aiohttp import web

from kserve_conformance.embedded import errors
from kserve_conformance.embedded.apiserver.logs import container_of, grown
from kserve_conformance.embedded.apiserver.streaming import carriers
from kserve_conformance.embedded.apiserver.streaming.carriers import Channel
from kserve_conformance.embedded.apiserver.streaming.commands import Command, CommandError, Node
from kserve_conformance.embedded.apiserver.streaming.session import Session
from kserve_conformance.embedded.apiserver.streaming.streams import Stream, running
from kserve_conformance.embedded.objects import Obj

CHANNEL_PROTOCOLS = ("v5.channel.k8s.io", "v4.channel.k8s.io")
STREAM_PROTOCOLS = ("v4.channel.k8s.io",)
STDIN, STDOUT, STDERR, ERROR, RESIZE = "stdin", "stdout", "stderr", "error", "resize"
NUMBERS = (STDIN, STDOUT, STDERR, ERROR, RESIZE)  # of the channels
OPENED_WITHIN = 30.0  # seconds in which a SPDY client has to open its streams

Streams = Mapping[str, Stream]
Work = Callable[[Streams], Awaitable[Obj]]


@dataclass(frozen=True)
class Options:
    """PodExecOptions and PodAttachOptions."""

    container: str
    argv: list[str]
    wanted: frozenset[str]
    terminal: bool

    @classmethod
    def of(cls, request: web.Request, pod: Obj) -> Options:
        """Raises ApiError 400."""
        said = {name for name in (STDIN, STDOUT, STDERR, "tty") if request.query.get(name) in ("true", "1")}
        terminal = "tty" in said
        wanted = said - {"tty"} - ({STDERR} if terminal else set())
        if not wanted:
            raise errors.bad_request("you must specify at least 1 of stdin, stdout, stderr")
        container = container_of(pod, request.query.get("container", ""))
        wanted |= {ERROR} | ({RESIZE} if terminal else set())
        return cls(container, request.query.getall("command", []), frozenset(wanted), terminal)


async def execute(request: web.Request, pod: Obj, node: Node) -> web.StreamResponse:
    """Raises ApiError 400 before the upgrade."""
    options = Options.of(request, pod)
    place = pod["metadata"]["namespace"], pod["metadata"]["name"], options.container
    if not options.argv:
        raise errors.bad_request("you must specify at least one command for the container")
    if why := node.refusal(*place):
        raise errors.bad_request(why)

    async def work(streams: Streams) -> Obj:
        stdin, stdout, stderr, resize = (streams.get(name) for name in (STDIN, STDOUT, STDERR, RESIZE))
        command = Command(options.argv, stdin, stdout, stderr, terminal=options.terminal, resize=resize)
        try:
            return _ended(await node.execute(*place, command))
        except CommandError as error:
            return _not_started(str(error))

    return await _serve(request, options, work)


async def attach(request: web.Request, pod: Obj, node: Node) -> web.StreamResponse:
    """What the container writes from now on. Raises ApiError 400 before the upgrade.

    Its standard error goes the same way as its output, and nothing reads its standard input: no container has one.
    """
    options = Options.of(request, pod)
    place = pod["metadata"]["namespace"], pod["metadata"]["name"], options.container
    log = node.path(*place, False)
    if log is None or node.finished(*place):
        raise errors.bad_request(f'container not found ("{options.container}")')

    async def work(streams: Streams) -> Obj:
        out = streams.get(STDOUT) or streams.get(STDERR)
        start = log.stat().st_size if log.exists() else 0
        async for part in grown(log, start, lambda: node.finished(*place)):
            if out is not None:
                await out.write(part)
        return _ended(0)

    return await _serve(request, options, work)


async def _serve(request: web.Request, options: Options, work: Work) -> web.StreamResponse:
    if carriers.is_spdy(request):
        theirs = request.headers.getall("X-Stream-Protocol-Version", [])
        async with carriers.taken_over(request, carriers.offered(theirs, STREAM_PROTOCOLS)) as carrier:
            session = Session(carrier)
            async with running() as start:
                opened: asyncio.Queue[tuple[str, Stream]] = asyncio.Queue()
                client = start(_collect(session, opened))
                with contextlib.suppress(TimeoutError, ConnectionError):
                    async with asyncio.timeout(OPENED_WITHIN):
                        streams = dict([await opened.get() for _ in options.wanted])
                    await _run(start(_work(work, streams)), client)
        return web.Response()  # to nobody: the connection is another's and closed
    if not carriers.is_websocket(request):
        raise carriers.upgrade_required()
    socket = await carriers.websocket(request, CHANNEL_PROTOCOLS)
    channels = [Channel(socket, number) for number in range(len(NUMBERS))]
    streams = {name: each for name, each in zip(NUMBERS, channels, strict=True) if name in options.wanted}
    async with running() as start:
        client = start(carriers.pump(socket, channels))
        await _run(start(_work(work, streams)), client)
    await socket.close()
    return socket


async def _collect(session: Session, opened: asyncio.Queue[tuple[str, Stream]]) -> None:
    async for stream in session.streams():
        opened.put_nowait((stream.headers.get("streamtype", ""), stream))


async def _run(work: asyncio.Task[None], client: asyncio.Task[None]) -> None:
    """Until the work is done or the client has gone."""
    await asyncio.wait((work, client), return_when=asyncio.FIRST_COMPLETED)


async def _work(work: Work, streams: Streams) -> None:
    with contextlib.suppress(ConnectionError):
        status = await work(streams)
        await streams[ERROR].write(orjson.dumps(status))
        for each in streams.values():
            await each.finish()


def _ended(code: int) -> Obj:
    if not code:
        return {"metadata": {}, "status": "Success"}
    return {
        "metadata": {},
        "status": "Failure",
        "message": f"command terminated with non-zero exit code: exit status {code}",
        "reason": "NonZeroExitCode",
        "details": {"causes": [{"reason": "ExitCode", "message": str(code)}]},
    }


def _not_started(why: str) -> Obj:
    """In the words of containerd and runc, which kubectl shows as they are."""
    cause = (
        "error executing command in container: failed to exec in container: OCI runtime exec failed: exec failed: "
        f"unable to start container process: {why}: unknown"
    )
    status = errors.ApiError(
        500, "InternalError", f"Internal error occurred: {cause}", {"causes": [{"message": cause}]}
    )
    return status.status()
