"""Which pod an activator passes a request to: a ready one that may take one more (serving pkg/activator/net)."""

from __future__ import annotations

import asyncio
import random
from collections import Counter, defaultdict

from kserve_conformance.embedded.apiserver.resources import ENDPOINTS, REVISIONS
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.objects import Key, key_of

PRIVATE = "-private"
LOW = 3  # requests at once, up to which a pod is filled before the next one gets any
QUEUED = 10_000  # of one revision (serving pkg/activator/net/throttler.go breakerQueueDepth)


class QueueFullError(Exception):
    """Too many requests wait already; the message is Knative's (serving pkg/queue/breaker.go)."""

    def __init__(self) -> None:
        super().__init__("pending request queue full")


class Backends:
    """Shared by all activators of the platform, so that they do not overfill a pod between them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._inside: Counter[tuple[Key, str]] = Counter()  # requests passed on and not yet answered
        self._waiting: Counter[Key] = Counter()
        self._turn: Counter[Key] = Counter()
        self._changed: dict[Key, asyncio.Event] = defaultdict(asyncio.Event)

    async def run(self) -> None:
        """Wakes those who wait when a revision's pods have changed."""
        watch = self._store.watch(ENDPOINTS)
        try:
            async for event in watch:
                key = key_of(event.obj)
                if key.name.endswith(PRIVATE):
                    self._wake(Key(key.namespace, key.name.removesuffix(PRIVATE)))
        finally:
            watch.close()

    def ready(self, revision: Key) -> list[str]:
        found = self._store.find(ENDPOINTS, revision.namespace, revision.name + PRIVATE) or {}
        return [each["ip"] for subset in found.get("subsets") or () for each in subset.get("addresses") or ()]

    def full(self, revision: Key) -> bool:
        """There are pods, and each of them has as many requests as it may."""
        addresses, limit = self.ready(revision), self._limit(revision)
        return bool(limit and addresses) and all(self._inside[revision, each] >= limit for each in addresses)

    async def take(self, revision: Key) -> str:
        """The address of a pod, as soon as there is one with room; give it back when the request is answered.

        Raises QueueFullError.
        """
        address = self._free(revision)
        if address is None:
            if self._waiting[revision] >= QUEUED:
                raise QueueFullError
            self._waiting[revision] += 1
            try:
                address = await self._wait(revision)
            finally:
                self._waiting[revision] -= 1
        self._inside[revision, address] += 1
        return address

    async def _wait(self, revision: Key) -> str:
        while True:
            changed = self._changed[revision]
            address = self._free(revision)
            if address is not None:
                return address
            await changed.wait()

    def give_back(self, revision: Key, address: str) -> None:
        self._inside[revision, address] -= 1
        if not self._inside[revision, address]:
            del self._inside[revision, address]
        self._wake(revision)

    def _free(self, revision: Key) -> str | None:
        """By the policies of the throttler: of two at random the less loaded where there is no limit, the first with
        room under a low one, in turn under a higher one (serving pkg/activator/net/{throttler,lb_policy}.go)."""
        addresses, limit = self.ready(revision), self._limit(revision)
        if not addresses:
            return None
        if not limit:
            pair = random.sample(addresses, min(2, len(addresses)))
            return min(pair, key=lambda address: self._inside[revision, address])
        start = self._turn[revision] if limit > LOW else 0
        for place in range(start, start + len(addresses)):
            address = addresses[place % len(addresses)]
            if self._inside[revision, address] < limit:
                self._turn[revision] = place % len(addresses) + 1
                return address
        return None

    def _limit(self, revision: Key) -> int:
        found = self._store.find(REVISIONS, revision.namespace, revision.name) or {"spec": {}}
        return int(found["spec"].get("containerConcurrency") or 0)

    def _wake(self, revision: Key) -> None:
        self._changed.pop(revision, asyncio.Event()).set()
