"""What port forwarding and remote commands need of a connection: several streams of bytes, each in two directions."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Protocol

MOST_UNREAD = 1 << 20  # bytes of one stream; then the connection is read no further


class Carrier(Protocol):
    """A connection that was upgraded from HTTP."""

    async def receive(self) -> bytes:
        """What came next; empty at the end."""

    async def send(self, data: bytes) -> None:
        """Waits while the other side reads too slowly. Raises ConnectionError when it is gone."""

    async def close(self) -> None:
        """Both directions."""


class Stream(Protocol):
    """One stream of a connection."""

    async def read(self) -> bytes:
        """What came next; empty when nothing comes any more."""

    async def write(self, data: bytes) -> None:
        """Raises ConnectionError when the connection is gone."""

    async def finish(self) -> None:
        """Nothing more will be written."""


class Inbox:
    """Bytes that came for one stream and were not read yet."""

    def __init__(self) -> None:
        self._parts: deque[bytes] = deque()
        self._size = 0
        self._ended = False
        self._changed = asyncio.Event()

    async def put(self, data: bytes) -> None:
        """Waits while too much is unread. After the end, it is thrown away."""
        while self._size >= MOST_UNREAD and not self._ended:
            await self._change()
        if data and not self._ended:
            self._parts.append(data)
            self._size += len(data)
            self._changed.set()

    def end(self) -> None:
        self._ended = True
        self._changed.set()

    async def get(self) -> bytes:
        """Empty at the end."""
        while not self._parts and not self._ended:
            await self._change()
        if not self._parts:
            return b""
        data = self._parts.popleft()
        self._size -= len(data)
        self._changed.set()
        return data

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()


Start = Callable[[Coroutine[None, None, None]], asyncio.Task[None]]


@contextlib.asynccontextmanager
async def running() -> AsyncIterator[Start]:
    """Starts tasks that end, at the latest, with the block."""
    tasks: set[asyncio.Task[None]] = set()

    def start(work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        return task

    try:
        yield start
    finally:
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
