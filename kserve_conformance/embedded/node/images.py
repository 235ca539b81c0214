"""Which program stands behind a container image. There is no registry: an image not named here cannot be pulled."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from kserve_conformance.embedded.faults import Faults
from kserve_conformance.embedded.node.programs import Program, StartProgram
from kserve_conformance.embedded.node.zygote import Launch, Zygote
from kserve_conformance.embedded.objects import Obj
from kserve_conformance.embedded.runtimes.sklearnserver import FAULTS_ENV

# Platform components that have no process of their own: their work is done inside the platform's process.
INSIDE = (
    "gcr.io/knative-releases/",
    "docker.io/istio/",
    "quay.io/jetstack/cert-manager-",
    "quay.io/brancz/kube-rbac-proxy",
    "gcr.io/kubebuilder/kube-rbac-proxy",
    "kserve/kserve-controller",
)
MODEL_SERVER_FAULTS = ("v2-id-dropped", "v2-wrong-datatype")


@dataclass(frozen=True)
class Start:
    """One container about to run: `folder` is what its `/mnt/models` stands for."""

    pod: Obj
    container: Obj
    address: str
    folder: Path
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
    """What the node's container runtime can run."""

    def __init__(self, zygote: Zygote, activator: StartProgram, faults: Faults) -> None:
        self._zygote = zygote
        self._activator = activator
        self._faults = faults

    def find(self, image: str) -> Starter | None:
        """None for an image that is not there."""
        if "/sklearnserver:" in image:
            return self._model_server
        if "/storage-initializer:" in image:
            return self._initializer
        if "/cmd/activator:" in image:
            return lambda start: self._activator(start.pod, start.address, start.log)
        return _inside if image.startswith(INSIDE) else None

    async def _model_server(self, start: Start) -> Program:
        namespace = start.pod["metadata"]["namespace"]
        seeded = [knob for knob in MODEL_SERVER_FAULTS if self._faults.fires(knob, namespace)]
        return await self._fork("sklearnserver", start, {FAULTS_ENV: ",".join(seeded)})

    async def _initializer(self, start: Start) -> Program:
        return await self._fork("storage_initializer", start, {})

    async def _fork(self, program: str, start: Start, env: dict[str, str]) -> Program:
        own = {each["name"]: each["value"] for each in start.container.get("env") or () if "value" in each}
        args = start.container.get("args") or ()
        return await self._zygote.fork(
            Launch(program, args, {**own, **env}, address=start.address, models=start.folder, log=start.log)
        )


async def _inside(start: Start) -> Program:
    start.log.touch()
    return Inside()
