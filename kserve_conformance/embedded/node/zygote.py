"""This side of the zygote: start it, fork pods from it, learn how they end."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

# One thread in every numeric library: pods share the machine's few cores.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


@dataclass(frozen=True)
class Launch:
    """What a container's process is started with. `models` is the folder that its `/mnt/models` stands for.

    `program` is the module's name under `embedded.runtimes`.
    """

    program: str
    args: Sequence[str]
    env: Mapping[str, str]
    address: str
    models: Path
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


class Zygote:
    """Start it once; `fork` waits until it is warm."""

    def __init__(self) -> None:
        self._ids = itertools.count(1)
        self._warm = asyncio.Event()
        self._forks: dict[int, asyncio.Future[PodProcess]] = {}
        self._running: dict[int, PodProcess] = {}

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
        self._listener = asyncio.create_task(self._listen())

    async def warm(self) -> None:
        """Returns once it can fork."""
        await self._warm.wait()

    async def stop(self) -> None:
        """Every pod still running is killed with it."""
        self._writer.close()
        await self._process.wait()
        await self._listener

    async def fork(self, launch: Launch) -> PodProcess:
        await self._warm.wait()
        number = next(self._ids)
        forked: asyncio.Future[PodProcess] = asyncio.get_running_loop().create_future()
        self._forks[number] = forked
        request = {
            "id": number,
            "program": launch.program,
            "args": list(launch.args),
            "env": dict(launch.env),
            "address": launch.address,
            "models": str(launch.models),
            "log": str(launch.log),
        }
        self._writer.write(json.dumps(request).encode() + b"\n")
        return await forked

    async def _listen(self) -> None:
        while line := await self._reader.readline():
            message = json.loads(line)
            if "warm" in message:
                self._warm.set()
            elif "id" in message:
                pod = PodProcess(message["pid"], asyncio.get_running_loop().create_future())
                self._running[pod.pid] = pod
                self._forks.pop(message["id"]).set_result(pod)
            else:
                self._running.pop(message["pid"])._ended.set_result(message["code"])
        for pod in self._running.values():
            pod._ended.set_result(128 + signal.SIGKILL)
        self._running.clear()
