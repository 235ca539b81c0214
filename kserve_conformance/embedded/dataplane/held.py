"""What an activator holds, as the autoscaler is told of it."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from kserve_conformance.embedded.metrics import Stat, StatSink
from kserve_conformance.embedded.objects import Key

REPORT_EVERY = 1.0


@dataclass
class Tally:
    """Requests of one revision: held now, and request-seconds since the last report."""

    now: int = 0
    spent: float = 0.0
    changed: float = 0.0

    def add(self, count: int) -> None:
        moment = time.monotonic()
        self.spent += self.now * (moment - self.changed)
        self.now, self.changed = self.now + count, moment


class Held:
    """Reports once a second; the first request of a revision without pods at once (serving
    pkg/activator/handler/concurrency_reporter.go)."""

    def __init__(self, reporter: str, sink: StatSink) -> None:
        self._reporter = reporter
        self._sink = sink
        self._tallies: dict[Key, Tally] = defaultdict(Tally)

    @contextmanager
    def one(self, revision: Key, *, cold: bool) -> Iterator[None]:
        """One request is held as long as the block lasts."""
        tally = self._tallies[revision]
        first = not tally.now
        tally.add(1)
        if cold and first:
            self._sink.record(Stat(revision, self._reporter, average_concurrency=1.0, request_rate=1.0))
        try:
            yield
        finally:
            tally.add(-1)

    async def report(self) -> None:
        """Until cancelled. A request that was not held for any time worth it shows in its queue proxy's figures."""
        before = time.monotonic()
        while True:
            await asyncio.sleep(REPORT_EVERY)
            seconds, before = time.monotonic() - before, time.monotonic()
            for revision, tally in list(self._tallies.items()):
                tally.add(0)
                if tally.spent or tally.now:
                    held = tally.spent / seconds
                    self._sink.record(Stat(revision, self._reporter, average_concurrency=held, request_rate=tally.now))
                tally.spent = 0.0
                if not tally.now:
                    del self._tallies[revision]
