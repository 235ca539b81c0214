"""One pod on the node: init steps one after another, then its containers, until it is told to go."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from kserve_conformance.embedded.events import Recorder
from kserve_conformance.embedded.faults import Faults
from kserve_conformance.embedded.metrics import InFlight, Usage
from kserve_conformance.embedded.node import liveness
from kserve_conformance.embedded.node.configuration import LOOK_AGAIN, ConfigError, Configuration, Configured
from kserve_conformance.embedded.node.container import Container
from kserve_conformance.embedded.node.environment import host_of
from kserve_conformance.embedded.node.images import Images, Start
from kserve_conformance.embedded.node.log_times import LogTimes
from kserve_conformance.embedded.node.programs import Program
from kserve_conformance.embedded.objects import Obj, key_of, set_condition
from kserve_conformance.embedded.settings import Delays

QUEUE_PROXY, QUEUE_PORT_NAME = "queue-proxy", "queue-port"
LOOK_EVERY = 0.05  # Knative probes a starting container this often (serving pkg/queue/readiness/probe.go)
PULL_BACK_OFF = 10.0
SLOW_START = 20.0  # with the decoy slow-but-ready

UntilReady = Callable[[Container], Awaitable[None]]


class RunningPod:
    """`report` takes a new status; `run` ends when the pod's containers have, and its files are gone."""

    def __init__(
        self,
        pod: Obj,
        address: str,
        folder: Path,
        *,
        images: Images,
        configuration: Configuration,
        faults: Faults,
        in_flight: InFlight,
        events: Recorder,
        delays: Delays,
        log_times: LogTimes,
        report: Callable[[Obj], None],
    ) -> None:
        self._pod = pod
        self._address = address
        self._folder = folder
        self._images = images
        self._configuration = configuration
        self._faults = faults
        self._in_flight = in_flight
        self._events = events
        self._delays = delays
        self._log_times = log_times
        self._report = report
        self._stop = asyncio.Event()
        self._deadline = float("inf")
        self._broken_images: dict[str, Obj] = {}
        self._phase = "Pending"
        folder.mkdir(parents=True)
        self._init = [self._container(each, _never_ready) for each in pod["spec"].get("initContainers") or ()]
        self._containers = [self._container(each, self._until_ready) for each in pod["spec"]["containers"]]

    def stop(self, grace: float) -> None:
        """End within `grace` seconds; a second call can only make it sooner. 0 is at once."""
        self._deadline = min(self._deadline, time.monotonic() + grace)
        self._stop.set()
        if grace <= 0:
            for each in (*self._init, *self._containers):
                each.kill()

    def container(self, name: str) -> Container | None:
        return next((each for each in (*self._init, *self._containers) if each.name == name), None)

    def usage(self) -> Usage | None:
        """None while nothing runs."""
        measured = [found for each in self._containers if (found := each.usage()) is not None]
        if not measured:
            return None
        return Usage(sum(each.cpu for each in measured), sum(each.memory for each in measured))

    async def run(self) -> None:
        """Cancelled, it kills what runs."""
        living = asyncio.create_task(self._live())
        stopped = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait((living, stopped), return_when=asyncio.FIRST_COMPLETED)
            if not self._stop.is_set():
                await living  # ended of itself: raises what went wrong
            else:
                await self._end(living)
        finally:
            for task in (living, stopped):
                task.cancel()
            for each in (*self._init, *self._containers):
                each.kill()
            shutil.rmtree(self._folder, ignore_errors=True)

    def _container(self, spec: Obj, until_ready: UntilReady) -> Container:
        image, logs = spec["image"], self._folder / "logs" / spec["name"]
        logs.mkdir(parents=True)
        self._log_times.watch(logs)
        starter = self._images.find(image)
        if starter is None:
            message = f'failed to pull image "{image}": not found: the embedded platform has no registry'
            self._broken_images[spec["name"]] = {"reason": "ErrImagePull", "message": message}
            starter = _not_there
        return Container(
            self._pod,
            spec,
            starter,
            self._address,
            self._configure,
            logs,
            self._tell,
            until_ready,
            restarted=lambda: not self._fires("crash-not-restarted"),  # F164
            until_dead=self._until_dead if "livenessProbe" in spec else None,
        )

    async def _live(self) -> None:
        self._tell()
        if self._broken_images:
            await self._never_start()
        if self._has_queue_proxy() and self._fires("slow-but-ready"):  # D07
            await asyncio.sleep(SLOW_START)
        await self._set_up_volumes()
        for each in self._init:
            self._record("Normal", "Started", f"Started container {each.name}")
            while await each.run_once() != 0:
                self._record("Warning", "BackOff", f"Back-off restarting failed container {each.name}")
                await each.back_off()
            each.ready = True
        self._phase = "Running"
        async with asyncio.TaskGroup() as tasks:
            for each in self._containers:
                self._record("Normal", "Started", f"Started container {each.name}")
                tasks.create_task(each.run())

    async def _set_up_volumes(self) -> None:
        """What a volume shows may come later: the kubelet goes on trying."""
        while True:
            try:
                self._configuration.set_up()
            except ConfigError as error:
                self._record("Warning", "FailedMount", str(error))
                await asyncio.sleep(LOOK_AGAIN)
            else:
                return

    async def _configure(self, container: Container) -> Configured:
        """What a variable is taken from may come later, too (kubernetes pkg/kubelet/kuberuntime)."""
        if container.restarts and self._fires("restart-loses-model"):  # F084
            self._configuration.empty()
        while True:
            try:
                return self._configuration.of(container.spec)
            except ConfigError as error:
                container.wait_for("CreateContainerConfigError", str(error))
                self._record("Warning", "Failed", f"Error: {error}")
                await asyncio.sleep(LOOK_AGAIN)

    async def _never_start(self) -> None:
        """An image that cannot be pulled: tried again and again, as the kubelet does."""
        for each in (*self._init, *self._containers):
            each.state = {"waiting": self._broken_images.get(each.name, {"reason": "PodInitializing"})}
        self._tell()
        for name, why in self._broken_images.items():
            self._record("Warning", "Failed", why["message"])
            image = next(each.spec["image"] for each in (*self._init, *self._containers) if each.name == name)
            why |= {"reason": "ImagePullBackOff", "message": f'Back-off pulling image "{image}"'}
        await asyncio.sleep(PULL_BACK_OFF)
        self._tell()
        await asyncio.Event().wait()

    async def _until_ready(self, container: Container) -> None:
        """Ready when it listens: the model server on its own port, the queue proxy on its."""
        if container.name == QUEUE_PROXY:
            ports = {each["name"]: each["containerPort"] for each in container.spec["ports"]}
            await _accepting(self._address, ports[QUEUE_PORT_NAME])
        elif self._has_queue_proxy() and self._fires("cold-model-not-ready"):  # F054
            return
        elif self._has_queue_proxy() or "readinessProbe" in container.spec:
            port = next((each["containerPort"] for each in container.spec.get("ports") or ()), 8080)
            await _accepting(self._address, port)

    async def _until_dead(self, container: Container) -> None:
        await liveness.has_failed(self._address, container.spec)
        if self._fires("hang-not-ended"):  # F364
            await asyncio.Event().wait()
        self._record("Warning", "Unhealthy", "Liveness probe failed")

    def _has_queue_proxy(self) -> bool:
        return any(each.name == QUEUE_PROXY for each in self._containers)

    async def _end(self, living: asyncio.Task[None]) -> None:
        """Drain, SIGTERM, wait, SIGKILL. Until the grace period is over the pod goes on answering."""
        if self._has_queue_proxy() and any(each.running for each in self._containers):
            if self._fires("drain-cut"):  # F064
                self.stop(0)
            await self._drain()
        for each in (*self._init, *self._containers):
            if each.running:
                self._record("Normal", "Killing", f"Stopping container {each.name}")
            each.terminate()
        while any(each.running for each in (*self._init, *self._containers)):
            if time.monotonic() >= self._deadline:
                for each in (*self._init, *self._containers):
                    each.kill()
            await asyncio.sleep(LOOK_EVERY)
        living.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await living

    async def _drain(self) -> None:
        """The model server's preStop hook: the queue proxy has had nothing to do for a while
        (serving pkg/queue/sharedmain, knative.dev/pkg/network/handlers/drain.go)."""
        quiet_since = time.monotonic()
        if self._fires("idle-pod-waits"):  # F372
            quiet_since = self._deadline
        while time.monotonic() < min(self._deadline, quiet_since + self._delays.drain_quiet):
            if self._in_flight.requests_in_flight(key_of(self._pod)):
                quiet_since = time.monotonic()
            await asyncio.sleep(LOOK_EVERY)

    def _fires(self, knob: str) -> bool:
        return self._faults.fires(knob, self._pod["metadata"]["namespace"])

    def _record(self, kind: str, reason: str, message: str) -> None:
        self._events.record(self._pod, kind, reason, message)

    def _tell(self) -> None:
        status: Obj = {"phase": self._phase, "podIP": self._address, "podIPs": [{"ip": self._address}]}
        status["hostIP"] = host_of(self._address)
        if self._init:
            status["initContainerStatuses"] = [each.status() for each in self._init]
        status["containerStatuses"] = [each.status() for each in self._containers]
        status["conditions"] = self._conditions()
        self._report(status)

    def _conditions(self) -> list[Obj]:
        waiting = [each.name for each in self._init if not each.ready]
        unready = [each.name for each in self._containers if not each.ready]
        conditions: list[Obj] = []
        if waiting:
            message = f"containers with incomplete status: [{' '.join(waiting)}]"
            set_condition(conditions, "Initialized", "False", reason="ContainersNotInitialized", message=message)
        else:
            set_condition(conditions, "Initialized", "True")
        for kind in ("ContainersReady", "Ready"):
            if unready:
                message = f"containers with unready status: [{' '.join(unready)}]"
                set_condition(conditions, kind, "False", reason="ContainersNotReady", message=message)
            else:
                set_condition(conditions, kind, "True")
        return conditions


async def _accepting(address: str, port: int) -> None:
    while True:
        try:
            _, writer = await asyncio.open_connection(address, port)
        except OSError:
            await asyncio.sleep(LOOK_EVERY)
        else:
            writer.close()
            return


async def _not_there(start: Start) -> Program:
    raise FileNotFoundError(start.container["image"])


async def _never_ready(_: Container) -> None:
    """An init container is ready when it has ended well, not while it runs."""
    await asyncio.Event().wait()
