"""The embedded platforms that run on this machine, each with a folder named after its process."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

# Waits for the end of its input, which is the end of the platform however it came about, and clears up behind it.
REAPER = 'read -r _; for _ in 1 2 3; do rm -rf -- "$1" && break; sleep 1; done'


@dataclass(frozen=True)
class Instance:
    """One running platform."""

    pid: int
    folder: Path

    @property
    def kubeconfig(self) -> Path:
        return self.folder / "kubeconfig"

    @property
    def ready(self) -> bool:
        return (self.folder / "ready").exists()

    def memory(self) -> int:
        """Bytes of the whole process tree, shared pages counted once (proportional set size)."""
        root = psutil.Process(self.pid)
        return sum(_share(each) for each in (root, *root.children(recursive=True)))


def base() -> Path:
    """Only this user's: other people's are neither listed nor touched. Raises PermissionError if it is not ours."""
    folder = Path(tempfile.gettempdir()) / f"kserve-conformance-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if found.st_uid != os.getuid() or not stat.S_ISDIR(found.st_mode):
        raise PermissionError(f"{folder} belongs to somebody else")
    return folder


def running() -> list[Instance]:
    return sorted(
        (Instance(int(each.name), each) for each in base().iterdir() if each.name.isdigit() and _alive(int(each.name))),
        key=lambda instance: instance.pid,
    )


@contextmanager
def folder() -> Iterator[Path]:
    """A folder for this process, gone when the block or the process ends, in whatever way."""
    for each in base().iterdir():  # of a process that ended together with its reaper
        if each.name.isdigit() and not _alive(int(each.name)):
            shutil.rmtree(each, ignore_errors=True)
    own = base() / str(os.getpid())
    own.mkdir(mode=0o700)
    reaper = subprocess.Popen(
        ["/bin/sh", "-c", REAPER, "reaper", str(own)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C in the terminal is not meant for it
    )
    try:
        yield own
    finally:
        assert reaper.stdin is not None
        reaper.stdin.close()
        reaper.wait()


def _alive(pid: int) -> bool:
    try:
        return "kserve_conformance.embedded" in psutil.Process(pid).cmdline()
    except psutil.Error:
        return False


def _share(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except psutil.Error:
        return 0
