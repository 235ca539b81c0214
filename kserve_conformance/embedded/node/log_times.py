"""When each line of a log was written, without standing between a program and its file: inotify tells that a file grew,
and the time and its size are noted."""

from __future__ import annotations

import asyncio
import ctypes
import os
import struct
import time
from array import array
from bisect import bisect_left, bisect_right
from pathlib import Path

IN_MODIFY, IN_Q_OVERFLOW = 0x2, 0x4000
EVENT = struct.Struct("iIII")  # inotify(7): watch, mask, cookie, length of the name that follows
READ_AT_ONCE = 1 << 16
REST = 0.02  # seconds between two looks: that exact times are, and that much a busy log costs
_libc = ctypes.CDLL(None, use_errno=True)


class Growth:
    """One file: how long it was, and when."""

    def __init__(self) -> None:
        self.times = array("d")
        self.sizes = array("Q")

    def note(self, size: int) -> None:
        if size > (self.sizes[-1] if self.sizes else 0):
            self.times.append(time.time())
            self.sizes.append(size)


class LogTimes:
    """Of the files in the folders that are watched, from `start` to `stop`."""

    def __init__(self) -> None:
        self._descriptor = -1
        self._folders: dict[int, Path] = {}
        self._files: dict[Path, Growth] = {}
        self._rest: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Raises OSError when the system has no inotify instance left."""
        self._descriptor = _checked(_libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC))
        self._resume()

    def stop(self) -> None:
        if self._rest is not None:
            self._rest.cancel()
        asyncio.get_running_loop().remove_reader(self._descriptor)
        os.close(self._descriptor)

    def watch(self, folder: Path) -> None:
        """Raises OSError when the system has no watch left."""
        self._folders[_checked(_libc.inotify_add_watch(self._descriptor, os.fsencode(folder), IN_MODIFY))] = folder

    def forget(self, folder: Path) -> None:
        """Everything below; the watches went with the folders."""
        self._folders = {each: path for each, path in self._folders.items() if folder not in path.parents}
        self._files = {path: growth for path, growth in self._files.items() if folder not in path.parents}

    def at(self, path: Path, offset: int) -> float:
        """When the byte was written."""
        growth = self._files.get(path)
        index = bisect_right(growth.sizes, offset) if growth else 0
        if growth is None or index == len(growth.sizes):  # grew after the last look
            return path.stat().st_mtime
        return growth.times[index]

    def since(self, path: Path, moment: float) -> int:
        """Where to begin with what was written from that moment on."""
        growth = self._files.get(path)
        index = bisect_left(growth.times, moment) if growth else 0
        if growth is not None and index < len(growth.times):
            return growth.sizes[index - 1] if index else 0
        seen = growth.sizes[-1] if growth else 0
        status = path.stat()
        return int(seen if status.st_size > seen and status.st_mtime >= moment else status.st_size)

    def _resume(self) -> None:
        asyncio.get_running_loop().add_reader(self._descriptor, self._look)

    def _look(self) -> None:
        events, position = os.read(self._descriptor, READ_AT_ONCE), 0
        grown: set[Path] = set()
        while position < len(events):
            watch, mask, _, length = EVENT.unpack_from(events, position)
            position += EVENT.size
            name = events[position : position + length].rstrip(b"\0")
            position += length
            if mask & IN_Q_OVERFLOW:
                grown |= set(self._files)
            elif mask & IN_MODIFY and watch in self._folders:
                grown.add(self._folders[watch] / os.fsdecode(name))
        for path in grown:
            if path.exists():
                self._files.setdefault(path, Growth()).note(path.stat().st_size)
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._descriptor)
        self._rest = loop.call_later(REST, self._resume)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
