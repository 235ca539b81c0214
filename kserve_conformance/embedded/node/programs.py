"""What the kubelet needs of a container's program, whatever kind of program that is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

from kserve_conformance.embedded.objects import Obj


class Program(Protocol):
    """A started container. `node.zygote.PodProcess` is one."""

    async def wait(self) -> int:
        """The exit code, once the program has ended; 128 + n after signal n. May be awaited by several."""

    def terminate(self) -> None:
        """SIGTERM: end in your own time."""

    def kill(self) -> None:
        """SIGKILL: end now, resetting open connections."""


# Starts one container's program: the pod (for its name and namespace), its address, the log file to append to.
StartProgram = Callable[[Obj, str, Path], Awaitable[Program]]
