"""One container's life: started, ended, started again after a back-off; and its status as the kubelet reports it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from kserve_conformance.embedded.metrics import Usage
from kserve_conformance.embedded.node.commands import Surroundings
from kserve_conformance.embedded.node.configuration import Configured
from kserve_conformance.embedded.node.images import Start, Starter
from kserve_conformance.embedded.node.programs import Program
from kserve_conformance.embedded.node.zygote import PodProcess
from kserve_conformance.embedded.objects import Obj, now

# kubernetes pkg/kubelet/kubelet.go: the first restart is at once, then 10 s, doubling to 5 min, and forgotten after
# ten minutes of running.
FIRST_BACK_OFF, LAST_BACK_OFF, FORGOTTEN_AFTER = 10.0, 300.0, 600.0
MESSAGE_BYTES = 2048  # of a log that stands in for a termination message


@dataclass
class Container:
    """`spec` is the container of the pod's specification. `configure` returns once all it needs is there; `changed` is
    called whenever the status has; `until_ready` returns once a run has become ready; `restarted` says whether one that
    has ended is started again; `until_dead` returns once one that runs is to be ended for its liveness probe."""

    pod: Obj
    spec: Obj
    start: Starter
    address: str
    configure: Callable[[Container], Awaitable[Configured]]
    logs: Path
    changed: Callable[[], None]
    until_ready: Callable[[Container], Awaitable[None]]
    restarted: Callable[[], bool] = lambda: True
    until_dead: Callable[[Container], Awaitable[None]] | None = None
    ready: bool = False
    restarts: int = 0
    state: Obj = field(default_factory=lambda: {"waiting": {"reason": "PodInitializing"}})
    last_state: Obj = field(default_factory=dict)
    _program: Program | None = None
    _configured: Configured = field(default_factory=lambda: Configured({}, ()))
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

    def usage(self) -> Usage | None:
        """Of its process; None when it has none."""
        if not isinstance(self._program, PodProcess):
            return None
        try:
            process = psutil.Process(self._program.pid)
            times, memory = process.cpu_times(), process.memory_full_info()
        except psutil.Error:
            return None
        return Usage(cpu=times.user + times.system, memory=memory.uss)

    async def run_once(self) -> int:
        """Starts it and waits for its end; the exit code."""
        program = await self._begin()
        began = time.monotonic()
        started = now()
        self._become({"running": {"startedAt": started}})
        if self._stopping:  # told to stop while it was being started
            program.terminate()
        probes = [asyncio.create_task(each) for each in (self._get_ready(), self._end_if_dead(program))]
        try:
            code = await program.wait()
        finally:
            for each in probes:
                each.cancel()
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
            if not self.restarted():
                await asyncio.Event().wait()
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

    def surroundings(self) -> Surroundings | None:
        """Of a command to be run in it; None for a container that has no process."""
        if not isinstance(self._program, PodProcess):
            return None
        env = {"HOSTNAME": self.pod["metadata"]["name"], **self._configured.env}
        return Surroundings(self._program, env, self._configured.mounts, folder=self.logs)

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
        self._configured = await self.configure(self)
        start = Start(self.pod, self.spec, self._configured, self.address, self.log())
        starting = asyncio.ensure_future(self.start(start))
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

    async def _end_if_dead(self, program: Program) -> None:
        """SIGTERM, and SIGKILL when its grace is over; `run` starts it again."""
        if self.until_dead is None:
            return
        await self.until_dead(self)
        program.terminate()
        probes, pods = self.spec["livenessProbe"], self.pod["spec"].get("terminationGracePeriodSeconds", 30)
        await asyncio.sleep(probes.get("terminationGracePeriodSeconds", pods))
        program.kill()

    def wait_for(self, reason: str, message: str) -> None:
        """It cannot start yet, and its status says why."""
        waiting = {"waiting": {"reason": reason, "message": message}}
        if self.state != waiting:
            self._become(waiting)

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
