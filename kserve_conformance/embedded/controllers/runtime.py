"""The loop every controller runs: watch, map to keys, reconcile each key once at a time, retry with back-off."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from kserve_conformance.embedded.apiserver.resources import Resource
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.errors import ApiError
from kserve_conformance.embedded.objects import Key, Obj
from kserve_conformance.embedded.settings import Delays

log = logging.getLogger(__name__)

Mapper = Callable[[Obj], Iterable[Key]]
FIRST_RETRY, LAST_RETRY = 0.05, 5.0
LOOK_EVERY = 0.05  # for a component to be back


class Reconciler(Protocol):
    """Brings one object to what its specification says; level triggered and idempotent."""

    @property
    def sources(self) -> Mapping[Resource, Mapper]:
        """Which changes matter, and whose reconciliation they ask for."""

    def reconcile(self, key: Key) -> float | None:
        """Seconds after which to look again, or None to wait for a change."""


class Loop:
    """Runs one reconciler until it is cancelled. While `works` says no, what is to be done waits."""

    def __init__(
        self, reconciler: Reconciler, store: Store, delays: Delays, works: Callable[[], bool] = lambda: True
    ) -> None:
        self._reconciler = reconciler
        self._store = store
        self._delays = delays
        self._works = works
        self._queue: asyncio.Queue[Key] = asyncio.Queue()
        self._queued: set[Key] = set()
        self._later: dict[Key, asyncio.TimerHandle] = {}
        self._failures: dict[Key, int] = {}

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for resource, mapper in self._reconciler.sources.items():
                tasks.create_task(self._watch(resource, mapper))
            tasks.create_task(self._work())

    def enqueue(self, key: Key, *, after: float = 0.0) -> None:
        """At once, or after some seconds; of several times asked for, the earliest counts."""
        loop = asyncio.get_running_loop()
        planned = self._later.get(key)
        if after > 0:
            when = loop.time() + after
            if planned is None or planned.when() > when:
                if planned is not None:
                    planned.cancel()
                self._later[key] = loop.call_at(when, self._due, key)
            return
        if key not in self._queued:
            self._queued.add(key)
            self._queue.put_nowait(key)

    def _due(self, key: Key) -> None:
        self._later.pop(key, None)
        self.enqueue(key)

    async def _watch(self, resource: Resource, mapper: Mapper) -> None:
        watch = self._store.watch(resource)
        try:
            async for event in watch:
                for key in mapper(event.obj):
                    self.enqueue(key, after=self._delays.pick(self._delays.watch))
        finally:
            watch.close()

    async def _work(self) -> None:
        while True:
            key = await self._queue.get()
            while not self._works():
                await asyncio.sleep(LOOK_EVERY)
            self._queued.discard(key)
            try:
                again = self._reconciler.reconcile(key)
            except ApiError as error:
                log.info("%s %s: %s", type(self._reconciler).__name__, key, error)
                self._retry(key)
            except Exception:
                log.exception("%s %s", type(self._reconciler).__name__, key)
                self._retry(key)
            else:
                self._failures.pop(key, None)
                if again is not None:
                    self.enqueue(key, after=max(again, 0.001))
            await asyncio.sleep(0)

    def _retry(self, key: Key) -> None:
        failures = self._failures.get(key, 0)
        self._failures[key] = failures + 1
        self.enqueue(key, after=min(FIRST_RETRY * 2**failures, LAST_RETRY))


def ensure(store: Store, resource: Resource, desired: Obj, *, exact: bool = False) -> Obj:
    """Creates the object, or brings what `desired` names (labels, annotations, spec and other parts) to it.

    Fields that `desired` does not name stay as they are; status is never touched. With `exact`, labels and annotations
    that it does not name go.
    """
    meta = desired["metadata"]
    found = store.find(resource, meta.get("namespace", ""), meta["name"])
    if found is None:
        return store.create(resource, desired)
    for part, value in desired.items():
        if part not in ("metadata", "status", "apiVersion", "kind"):
            found[part] = value
    for part in ("labels", "annotations"):
        if exact:
            found["metadata"][part] = meta.get(part) or {}
        elif meta.get(part):
            found["metadata"][part] = {**(found["metadata"].get(part) or {}), **meta[part]}
    return store.update(resource, found)


def write_status(store: Store, resource: Resource, obj: Obj) -> Obj:
    """Writes `obj`'s status whatever has become of the rest of it meanwhile."""
    current = store.get(resource, obj["metadata"].get("namespace", ""), obj["metadata"]["name"])
    current["status"] = obj.get("status", {})
    return store.update(resource, current, subresource="status")
