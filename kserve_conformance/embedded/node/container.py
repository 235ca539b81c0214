"""One container's life: started, ended, started again after a back-off; and its status as the kubelet reports it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from kserve_conformance.embedded.node.images import Start, Starter
from kserve_conformance.embedded.node.programs import Program
from kserve_conformance.embedded.objects import Obj, now

# kubernetes pkg/kubelet/kubelet.go: the first restart is at once, then 10 s, doubling to 5 min, and forgotten after
# ten minutes of running.
FIRST_BACK_OFF, LAST_BACK_OFF, FORGOTTEN_AFTER = 10.0, 300.0, 600.0
MESSAGE_BYTES = 2048  # of a log that stands in for a termination message


@dataclass
class Container:
    """`spec` is the container of the pod's specification. `changed` is called whenever the status has; `until_ready`
    returns once a run has become ready."""

    pod: Obj
    spec: Obj
    start: Starter
    address: str
    folder: Path
    logs: Path
    changed: Callable[[], None]
    until_ready: Callable[[Container], Awaitable[None]]
    ready: bool = False
    restarts: int = 0
    state: Obj = field(default_factory=lambda: {"waiting": {"reason": "PodInitializing"}})
    last_state: Obj = field(default_factory=dict)
    _program: Program | None = None
    _back_off: float = 0.0
    _stopping: bool = False

    @property
    def name(self) -> str:
        return str(self.spec["name"])

    @property
    def running(self) -> bool:
        return "running" in self.state

    def log(self, *, previous: bool = False) -> Path:
        """Of the present run, or of the one before."""
        return self.logs / f"{self.restarts - previous}.log"

    async def run_once(self) -> int:
        """Starts it and waits for its end; the exit code."""
        self.logs.mkdir(parents=True, exist_ok=True)
        began = time.monotonic()
        program = await self._begin()
        started = now()
        self._become({"running": {"startedAt": started}})
        if self._stopping:  # told to stop while it was being started
            program.terminate()
        readiness = asyncio.create_task(self._get_ready())
        try:
            code = await program.wait()
        finally:
            readiness.cancel()
        self._program = None
        if time.monotonic() - began > FORGOTTEN_AFTER:
            self._back_off = 0.0
        self.ready = False
        self._become({"terminated": self._end(code, started)})
        return code

    async def run(self) -> None:
        """Again and again, until it is stopped."""
        while True:
            await self.run_once()
            if self._stopping:
                return
            await self.back_off()

    async def back_off(self) -> None:
        """Waits as long as a container that ended has to wait, and makes it one restart older."""
        self.last_state = dict(self.state)
        if self._back_off:
            waits = f"{self._back_off:g}s"
            name, meta = self.name, self.pod["metadata"]
            message = f"back-off {waits} restarting failed container={name} pod={meta['name']}_{meta['namespace']}"
            self._become({"waiting": {"reason": "CrashLoopBackOff", "message": f"{message}({meta['uid']})"}})
            await asyncio.sleep(self._back_off)
        self._back_off = min(max(2 * self._back_off, FIRST_BACK_OFF), LAST_BACK_OFF)
        self.restarts += 1

    def terminate(self) -> None:
        """SIGTERM, and no restart afterwards."""
        self._stopping = True
        if self._program is not None:
            self._program.terminate()

    def kill(self) -> None:
        """SIGKILL, and no restart afterwards."""
        self._stopping = True
        if self._program is not None:
            self._program.kill()

    def status(self) -> Obj:
        image = self.spec["image"]
        return {
            "name": self.name,
            "image": image,
            "imageID": image,
            "containerID": f"embedded://{self.pod['metadata']['uid']}/{self.name}/{self.restarts}",
            "ready": self.ready,
            "started": self.running,
            "restartCount": self.restarts,
            "state": self.state,
            "lastState": self.last_state,
        }

    async def _begin(self) -> Program:
        starting = asyncio.ensure_future(self.start(Start(self.pod, self.spec, self.address, self.folder, self.log())))
        try:
            self._program = await asyncio.shield(starting)
        except asyncio.CancelledError:
            starting.add_done_callback(_kill_late)
            raise
        return self._program

    async def _get_ready(self) -> None:
        await self.until_ready(self)
        self.ready = True
        self.changed()

    def _become(self, state: Obj) -> None:
        self.state = state
        self.changed()

    def _end(self, code: int, started: str) -> Obj:
        ended = {
            "exitCode": code,
            "reason": "Error" if code else "Completed",
            "startedAt": started,
            "finishedAt": now(),
        }
        if code > 128:
            ended["signal"] = code - 128
        if code and self.spec.get("terminationMessagePolicy") == "FallbackToLogsOnError" and self.log().exists():
            ended["message"] = self.log().read_bytes()[-MESSAGE_BYTES:].decode(errors="replace")
        return ended


def _kill_late(starting: asyncio.Future[Program]) -> None:
    """Nobody waits any more for what was being started."""
    if not starting.cancelled() and starting.exception() is None:
        starting.result().kill()
