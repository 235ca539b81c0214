"""This side of the zygote: start it, fork pods from it, learn how they end."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import logging
import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kserve_conformance.embedded.errors import PlatformError

log = logging.getLogger(__name__)

# One thread in every numeric library: pods share the machine's few cores.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


@dataclass(frozen=True)
class Launch:
    """What a container's process is started with. `program` is the module's name under `embedded.runtimes`."""

    program: str
    args: Sequence[str]
    env: Mapping[str, str]
    address: str
    log: Path


@dataclass
class PodProcess:
    """One running pod process."""

    pid: int
    _ended: asyncio.Future[int] = field(repr=False)

    async def wait(self) -> int:
        """The exit code; 128 + n after signal n."""
        return await asyncio.shield(self._ended)

    def terminate(self) -> None:
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if not self._ended.done():
            os.kill(self.pid, number)


class ZygoteError(PlatformError):
    """It ends whenever it is started."""


class Zygote:
    """Start it once; `fork` waits until it is warm. One that is killed is started again: its pods died with it, and
    restart as containers do."""

    def __init__(self) -> None:
        self._ids = itertools.count(1)
        self._warm = asyncio.Event()
        self._forks: dict[int, asyncio.Future[PodProcess]] = {}
        self._running: dict[int, PodProcess] = {}
        self._supervisor: asyncio.Task[None] | None = None
        self._stopping = False

    async def start(self) -> None:
        ours, theirs = socket.socketpair()
        module = "kserve_conformance.embedded.node.zygote_process"
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            module,
            str(theirs.fileno()),
            pass_fds=[theirs.fileno()],
            env={**os.environ, **ONE_THREAD},
        )
        theirs.close()
        self._reader, self._writer = await asyncio.open_connection(sock=ours)
        if self._supervisor is None:
            self._supervisor = asyncio.create_task(self._supervise())

    async def run(self) -> None:
        """Until cancelled. Raises ZygoteError when pods cannot be started any more."""
        assert self._supervisor is not None
        await asyncio.shield(self._supervisor)

    async def warm(self) -> None:
        """Returns once it can fork."""
        await self._warm.wait()

    async def stop(self) -> None:
        """Every pod still running is killed with it."""
        self._stopping = True
        self._writer.close()
        await self._process.wait()
        if self._supervisor is not None:
            await asyncio.wait([self._supervisor])

    async def fork(self, launch: Launch) -> PodProcess:
        while True:
            await self._warm.wait()
            with contextlib.suppress(ConnectionError):  # it ended meanwhile: asked again once there is another
                return await self._forked(launch)

    async def _forked(self, launch: Launch) -> PodProcess:
        """Raises ConnectionError when the zygote ends before it has answered."""
        number = next(self._ids)
        forked: asyncio.Future[PodProcess] = asyncio.get_running_loop().create_future()
        self._forks[number] = forked
        request = {
            "id": number,
            "program": launch.program,
            "args": list(launch.args),
            "env": dict(launch.env),
            "address": launch.address,
            "log": str(launch.log),
        }
        self._writer.write(json.dumps(request).encode() + b"\n")
        return await forked

    async def _supervise(self) -> None:
        while True:
            await self._listen()
            was_warm = self._warm.is_set()
            self._lose_all()
            if self._stopping:
                return
            code = await self._process.wait()
            if not was_warm:
                raise ZygoteError(f"the process that pods are forked from ended with code {code} while it started")
            log.warning("the zygote ended with code %d; it is started again", code)
            await self.start()
            if self._told_to_stop():
                self._writer.close()

    async def _listen(self) -> None:
        while line := await self._line():
            message = json.loads(line)
            if "warm" in message:
                self._warm.set()
            elif "id" in message:
                pod = PodProcess(message["pid"], asyncio.get_running_loop().create_future())
                self._running[pod.pid] = pod
                self._forks.pop(message["id"]).set_result(pod)
            else:
                self._running.pop(message["pid"])._ended.set_result(message["code"])

    def _told_to_stop(self) -> bool:
        return self._stopping

    async def _line(self) -> bytes:
        try:
            return await self._reader.readline()
        except ConnectionError:  # killed with a request unread
            return b""

    def _lose_all(self) -> None:
        self._warm.clear()
        for asked in self._forks.values():
            asked.set_exception(ConnectionResetError("the zygote ended"))
        self._forks.clear()
        for pod in self._running.values():
            pod._ended.set_result(128 + signal.SIGKILL)
        self._running.clear()
