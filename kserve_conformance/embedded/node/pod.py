"""One pod on the node: init steps one after another, then its containers, until it is told to go."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from kserve_conformance.embedded.events import Recorder
from kserve_conformance.embedded.metrics import InFlight
from kserve_conformance.embedded.node.container import Container
from kserve_conformance.embedded.node.images import Images, Start
from kserve_conformance.embedded.node.programs import Program
from kserve_conformance.embedded.objects import Obj, key_of, set_condition
from kserve_conformance.embedded.settings import Delays

QUEUE_PROXY, QUEUE_PORT = "queue-proxy", 8012
LOOK_EVERY = 0.05  # Knative probes a starting container this often (serving pkg/queue/readiness/probe.go)
PULL_BACK_OFF = 10.0

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
        in_flight: InFlight,
        events: Recorder,
        delays: Delays,
        report: Callable[[Obj], None],
    ) -> None:
        self._pod = pod
        self._address = address
        self._folder = folder
        self._images = images
        self._in_flight = in_flight
        self._events = events
        self._delays = delays
        self._report = report
        self._stop = asyncio.Event()
        self._deadline = float("inf")
        self._broken_images: dict[str, Obj] = {}
        self._phase = "Pending"
        models = folder / "models"
        models.mkdir(parents=True)
        self._init = [self._container(each, models, _never_ready) for each in pod["spec"].get("initContainers") or ()]
        self._containers = [self._container(each, models, self._until_ready) for each in pod["spec"]["containers"]]

    def stop(self, grace: float) -> None:
        """End within `grace` seconds; a second call can only make it sooner. 0 is at once."""
        self._deadline = min(self._deadline, time.monotonic() + grace)
        self._stop.set()
        if grace <= 0:
            for each in (*self._init, *self._containers):
                each.kill()

    def container(self, name: str) -> Container | None:
        return next((each for each in (*self._init, *self._containers) if each.name == name), None)

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

    def _container(self, spec: Obj, models: Path, until_ready: UntilReady) -> Container:
        image, logs = spec["image"], self._folder / "logs" / spec["name"]
        starter = self._images.find(image)
        if starter is None:
            message = f'failed to pull image "{image}": not found: the embedded platform has no registry'
            self._broken_images[spec["name"]] = {"reason": "ErrImagePull", "message": message}
            starter = _not_there
        return Container(self._pod, spec, starter, self._address, models, logs, self._tell, until_ready)

    async def _live(self) -> None:
        self._tell()
        if self._broken_images:
            await self._never_start()
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
            await _accepting(self._address, QUEUE_PORT)
        elif self._has_queue_proxy():
            port = next((each["containerPort"] for each in container.spec.get("ports") or ()), 8080)
            await _accepting(self._address, port)

    def _has_queue_proxy(self) -> bool:
        return any(each.name == QUEUE_PROXY for each in self._containers)

    async def _end(self, living: asyncio.Task[None]) -> None:
        """Drain, SIGTERM, wait, SIGKILL. Until the grace period is over the pod goes on answering."""
        if self._has_queue_proxy() and any(each.running for each in self._containers):
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
        while time.monotonic() < min(self._deadline, quiet_since + self._delays.drain_quiet):
            if self._in_flight.requests_in_flight(key_of(self._pod)):
                quiet_since = time.monotonic()
            await asyncio.sleep(LOOK_EVERY)

    def _record(self, kind: str, reason: str, message: str) -> None:
        self._events.record(self._pod, kind, reason, message)

    def _tell(self) -> None:
        status: Obj = {"phase": self._phase, "podIP": self._address, "podIPs": [{"ip": self._address}]}
        status["hostIP"] = self._address.rpartition(".")[0].rpartition(".")[0] + ".0.1"
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
