"""Commands that are run in a container besides its own program: processes of this machine, in its environment.

There is no file system of its own behind a container: what it mounts is at the folders that stand for its mounts, and
every other path is the machine's.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import fcntl
import json
import os
import pty
import re
import signal
import struct
import sys
import termios
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kserve_conformance.embedded.apiserver.streaming.commands import Command, CommandError
from kserve_conformance.embedded.apiserver.streaming.streams import Stream, running
from kserve_conformance.embedded.node.programs import Program
from kserve_conformance.embedded.node.volumes import inside

PR_SET_PDEATHSIG = 1
READ_AT_ONCE = 1 << 16
LONGEST_SIZE = 4096  # bytes of one JSON object that tells a terminal's size
OUTPUT_WITHIN = 2.0  # seconds: what is left in a pipe that a grandchild still holds is not waited for
_libc = ctypes.CDLL(None)


@dataclass(frozen=True)
class Surroundings:
    """What a command finds in a container; it ends with the container's `program`."""

    program: Program
    env: Mapping[str, str]
    mounts: Mapping[str, Path]
    folder: Path

    async def execute(self, command: Command) -> int:
        """The exit code, 128 + n after signal n. Cancelled, it kills the command. Raises CommandError."""
        argv = [inside(each, self.mounts) for each in command.argv]
        path = f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}"
        env = {"PATH": path, "HOME": str(self.folder), "TAR_OPTIONS": _named(self.mounts), **self.env}
        env |= {"TERM": "xterm"} if command.terminal else {}
        async with _started(argv, env, self.folder, terminal=command.terminal) as (process, ends), running() as start:
            outputs = [
                start(_copy(reader, stream))
                for reader, stream in ((ends.stdout, command.stdout), (ends.stderr, command.stderr))
                if reader is not None
            ]
            if ends.stdin is not None:
                start(_feed(command.stdin, ends.stdin, terminal=command.terminal))
            if ends.terminal is not None and command.resize is not None:
                start(_resize(command.resize, ends.terminal))
            ended = asyncio.ensure_future(process.wait())
            container = asyncio.ensure_future(self.program.wait())
            try:
                await asyncio.wait((ended, container), return_when=asyncio.FIRST_COMPLETED)
                _kill(process)  # what it left behind, or all of it when the container has ended
                code = await ended
            finally:
                container.cancel()
                ended.cancel()
            await asyncio.wait(outputs, timeout=OUTPUT_WITHIN)
        return 128 - code if code < 0 else code


def _named(mounts: Mapping[str, Path]) -> str:
    """Has GNU tar name what is below a mount by its path in the container: `kubectl cp` takes nothing else for what
    it asked for (kubernetes staging/src/k8s.io/kubectl/pkg/cmd/cp, untarAll)."""
    options = []
    for mount, folder in mounts.items():
        real = re.sub(r"[][.*^$,\\]", r"\\\g<0>", str(folder).lstrip("/"))
        options.append(f"'--transform=s,^{real}\\($\\|/\\),{mount.lstrip('/')}\\1,'")
    return " ".join(options)


@dataclass(frozen=True)
class _Ends:
    """This side of a process's standard streams."""

    stdin: asyncio.StreamWriter | None
    stdout: asyncio.StreamReader | None
    stderr: asyncio.StreamReader | None
    terminal: int | None = None


@contextlib.asynccontextmanager
async def _started(
    argv: list[str], env: Mapping[str, str], folder: Path, *, terminal: bool
) -> AsyncIterator[tuple[asyncio.subprocess.Process, _Ends]]:
    """A process in a session of its own, gone with the block."""
    ours, theirs = pty.openpty() if terminal else (-1, asyncio.subprocess.PIPE)
    try:
        process = await asyncio.create_subprocess_exec(
            *argv,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=dict(env),
            cwd=folder,
            start_new_session=True,
            preexec_fn=_in_terminal if terminal else _die_with_parent,
        )
    except (OSError, ValueError) as error:
        if terminal:
            os.close(ours)
        raise CommandError(_words(argv[0], error)) from None
    finally:
        if terminal:
            os.close(theirs)
    try:
        if terminal:
            yield process, await _terminal(ours)
        else:
            yield process, _Ends(process.stdin, process.stdout, process.stderr)
    finally:
        _kill(process)
        if terminal:
            os.close(ours)
        await process.wait()


class _Hangup(asyncio.StreamReaderProtocol):
    """Reading a terminal whose last process has ended fails (EIO): here it ends, after what was written before."""

    def connection_lost(self, _: Exception | None) -> None:
        super().connection_lost(None)


async def _terminal(descriptor: int) -> _Ends:
    loop, reader = asyncio.get_running_loop(), asyncio.StreamReader()
    readable, writable = os.fdopen(os.dup(descriptor), "rb"), os.fdopen(os.dup(descriptor), "wb")
    await loop.connect_read_pipe(lambda: _Hangup(reader), readable)
    transport, protocol = await loop.connect_write_pipe(lambda: asyncio.StreamReaderProtocol(reader), writable)
    return _Ends(asyncio.StreamWriter(transport, protocol, None, loop), reader, None, descriptor)


async def _copy(reader: asyncio.StreamReader, stream: Stream | None) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(READ_AT_ONCE):
            if stream is not None:
                await stream.write(data)


async def _feed(stream: Stream | None, writer: asyncio.StreamWriter, *, terminal: bool) -> None:
    with contextlib.suppress(ConnectionError):
        while stream is not None and (data := await stream.read()):
            writer.write(data)
            await writer.drain()
        if not terminal:
            writer.close()


async def _resize(stream: Stream, terminal: int) -> None:
    text = ""
    while (data := await stream.read()) and len(text) < LONGEST_SIZE:
        text += data.decode(errors="replace")
        with contextlib.suppress(ValueError, KeyError, TypeError, struct.error, OSError):
            size = json.loads(text)
            text = ""
            fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", size["Height"], size["Width"], 0, 0))


def _kill(process: asyncio.subprocess.Process) -> None:
    """The whole session's first group: a shell and what it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _die_with_parent() -> None:
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _in_terminal() -> None:
    _die_with_parent()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _words(name: str, error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        missing = "no such file or directory" if "/" in name else "executable file not found in $PATH"
        return f'exec: "{name}": {missing}' if "/" not in name else f'exec: "{name}": stat {name}: {missing}'
    reason = os.strerror(error.errno).lower() if isinstance(error, OSError) and error.errno else str(error)
    return f'exec: "{name}": {reason}'
