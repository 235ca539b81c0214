"""What has changed in the store, and streams of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Literal

from kserve_conformance.embedded.objects import Obj

EventType = Literal["ADDED", "MODIFIED", "DELETED"]
WATCH_LOG_LENGTH = 1024  # of each resource; what is older has to be listed again, as after etcd's compaction


@dataclass(frozen=True)
class Event:
    """One change of one object; `obj` and `old` must not be changed by whoever receives them.

    `old` is what the object was before: a watcher with a selector has to know whether it has seen it.
    """

    type: EventType
    obj: Obj
    version: int
    old: Obj | None = None


class Watch:
    """A stream of changes to one resource, from a resourceVersion on. Close it when done."""

    def __init__(self, backlog: list[Event], on_close: Callable[[Watch], None]) -> None:
        self._queue: asyncio.Queue[Event | None] = asyncio.Queue()
        for event in backlog:
            self._queue.put_nowait(event)
        self._on_close = on_close

    def push(self, event: Event) -> None:
        self._queue.put_nowait(event)

    def close(self) -> None:
        self._on_close(self)
        self._queue.put_nowait(None)

    async def next(self) -> Event | None:
        """Waits for the next change; None when the watch has been closed."""
        return await self._queue.get()

    def waiting(self) -> list[Event]:
        """Takes what is there already, without waiting."""
        found: list[Event] = []
        while not self._queue.empty():
            event = self._queue.get_nowait()
            if event is None:
                self._queue.put_nowait(None)
                break
            found.append(event)
        return found

    @property
    def backlog(self) -> int:
        """How many changes nobody has taken yet."""
        return self._queue.qsize()

    async def __aiter__(self) -> AsyncIterator[Event]:
        while (event := await self.next()) is not None:
            yield event
