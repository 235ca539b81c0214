"""Which program stands behind a container image. There is no registry: an image not named here cannot be pulled.

Two ways to run a program of one's own, for instance a custom model of KServe's SDK. Either the platform is started with
`up --image my-org/my-model=path/to/model.py`: a container of that image, whatever its tag, runs the file with the
container's arguments, and `command` is not looked at. Or a container of the official image `python`, or of one of
KServe's Python model servers, whose SDK is of the image's version, says what to run: `command: [python, -c, …]`,
`[python, -m, …]`, or `[python, /app/model.py]` with the file in a volume.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from kserve_conformance.embedded.faults import Decoy, Fault, Faults, decoys
from kserve_conformance.embedded.faults.catalogue import ALL
from kserve_conformance.embedded.node.configuration import Configured
from kserve_conformance.embedded.node.programs import Program, StartProgram
from kserve_conformance.embedded.node.zygote import Launch, Zygote
from kserve_conformance.embedded.objects import Obj
from kserve_conformance.embedded.runtimes import FAULTS_ENV, VERSION_ENV

# Platform components that have no process of their own: their work is done inside the platform's process.
INSIDE = (
    "gcr.io/knative-releases/",
    "docker.io/istio/",
    "quay.io/jetstack/cert-manager-",
    "quay.io/brancz/kube-rbac-proxy",
    "gcr.io/kubebuilder/kube-rbac-proxy",
    "kserve/kserve-controller",
)
PYTHON = ("python", "library/python", "docker.io/library/python")
# The layer of a program's faults, where it is no model server.
LAYERS = {"agent": "agent", "router": "router", "storage_initializer": "storage initializer"}
SEEDED: tuple[Fault | Decoy, ...] = (*ALL, *decoys.ALL)


# Whose server is here, by the last part of the image's repository: the program under `embedded.runtimes`.
PROGRAMS = {
    "sklearnserver": "sklearnserver",
    "xgbserver": "xgbserver",
    "lgbserver": "lgbserver",
    "predictiveserver": "predictiveserver",
    "mlserver": "mlserver",
    "tritonserver": "tritonserver",
    "router": "router",
    "agent": "agent",
    "event_display": "event_display",
    "storage-initializer": "storage_initializer",
}


WITH_PYTHON = ("sklearnserver", "xgbserver", "lgbserver", "predictiveserver")
RUN_THEIR_WORDS = ("tritonserver",)  # whose entry point runs what the arguments say, the server's name being the first


@dataclass(frozen=True)
class Start:
    """One container about to run."""

    pod: Obj
    container: Obj
    configured: Configured
    address: str
    log: Path


Starter = Callable[[Start], Awaitable[Program]]


class Inside:
    """A container that is already running as part of the platform: it only has to stop when told to."""

    def __init__(self) -> None:
        self._ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def wait(self) -> int:
        return await asyncio.shield(self._ended)

    def terminate(self) -> None:
        self._end(0)

    def kill(self) -> None:
        self._end(128 + signal.SIGKILL)

    def _end(self, code: int) -> None:
        if not self._ended.done():
            self._ended.set_result(code)


class Images:
    """What the node can run. `components` are programs of the platform, by the last part of their image's name."""

    def __init__(
        self, zygote: Zygote, components: Mapping[str, StartProgram], faults: Faults, own: Mapping[str, Path]
    ) -> None:
        """`own` are the user's programs by image."""
        self._own = own
        self._zygote = zygote
        self._components = components
        self._faults = faults

    def find(self, image: str) -> Starter | None:
        """None for an image that is not there."""
        repository = _repository(image)
        name = repository.rpartition("/")[2]
        own = self._own.get(image) or self._own.get(repository)
        if own is not None:
            script = str(own)
            return lambda start: self._fork("python", start, "python3", script, *start.configured.args)
        if repository in PYTHON:
            return self._python
        program, component = PROGRAMS.get(name), self._components.get(name)
        if program is not None:
            return lambda start: self._run(program, start)
        if component is not None:
            return lambda start: component(start.pod, start.address, start.log)
        return _inside if image.startswith(INSIDE) else None

    async def _run(self, program: str, start: Start) -> Program:
        """A command of the container's own is instead of the image's."""
        if start.configured.command and program in WITH_PYTHON:
            return await self._python(start)
        if program in RUN_THEIR_WORDS:
            return await self._fork(program, start, *start.configured.command, *start.configured.args)
        return await self._fork(program, start, *start.configured.args)

    async def _python(self, start: Start) -> Program:
        """The image's own command is the interpreter."""
        return await self._fork("python", start, *(start.configured.command or ["python3"]), *start.configured.args)

    async def _fork(self, program: str, start: Start, *arguments: str) -> Program:
        namespace = start.pod["metadata"]["namespace"]
        layer = LAYERS.get(program, "model server")
        knobs = dict.fromkeys(each.knob for each in SEEDED if each.layer == layer)
        seeded = [knob for knob in knobs if self._faults.fires(knob, namespace)]
        tag = start.container["image"].removeprefix(_repository(start.container["image"]) + ":")
        env = {**start.configured.env, VERSION_ENV: tag.removeprefix("v"), FAULTS_ENV: ",".join(seeded)}
        return await self._zygote.fork(Launch(program, arguments, env, start.address, start.log))


def _repository(image: str) -> str:
    """Without tag and digest; a colon before the last slash is a registry's port."""
    path = image.partition("@")[0]
    return path if path.rfind(":") < path.rfind("/") else path.rpartition(":")[0] or path


async def _inside(start: Start) -> Program:
    start.log.touch()
    return Inside()
