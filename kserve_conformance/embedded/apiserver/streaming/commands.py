"""What a remote command is, between the API server and the node."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from kserve_conformance.embedded.apiserver.logs import LogReader
from kserve_conformance.embedded.apiserver.streaming.streams import Stream


@dataclass(frozen=True)
class Command:
    """`resize` carries JSON objects with Width and Height. With a terminal, everything comes out of `stdout`."""

    argv: Sequence[str]
    stdin: Stream | None
    stdout: Stream | None
    stderr: Stream | None
    terminal: bool
    resize: Stream | None


class CommandError(Exception):
    """The command could not be started."""


class Node(LogReader, Protocol):
    """The kubelet's side."""

    def refusal(self, namespace: str, pod: str, container: str) -> str:
        """Why no command can be run in the container; empty when one can."""

    async def execute(self, namespace: str, pod: str, container: str, command: Command) -> int:
        """The exit code, once it has ended. Cancelled, it is killed. Raises CommandError."""
