"""Requests in flight and per second of every queue proxy, from Envoy's own counters."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections import defaultdict
from dataclasses import dataclass, field

import aiohttp

from kserve_conformance.embedded.dataplane.envoy import Envoy
from kserve_conformance.embedded.dataplane.queue_proxies import QueueProxies
from kserve_conformance.embedded.metrics import Stat, StatSink

log = logging.getLogger(__name__)

# Reported a little oftener than the autoscaler collects, once a second: a second without a report counts as idle there.
LOOK_EVERY, REPORT_EVERY = 0.1, 0.8
PATTERN = r"^http\.queue_.*\.downstream_rq_(active|total|time)$"
LINE = re.compile(
    r'^envoy_http_downstream_rq_(active|total|time_sum)\{envoy_http_conn_manager_prefix="(queue_[^"]+)"\} (\S+)$', re.M
)
ROUNDING = 0.0005  # seconds: Envoy cuts a duration to whole milliseconds


@dataclass
class Counters:
    """Of one queue proxy: `total` requests begun, `spent` seconds in those that ended, `active` now."""

    active: float = 0.0
    total: float = 0.0
    spent: float = 0.0


@dataclass
class Interval:
    """What happened since the last report."""

    start: Counters = field(default_factory=Counters)
    looks: int = 0
    active_sum: float = 0.0

    def concurrency(self, now: Counters, seconds: float) -> float:
        """Time-weighted average: of short requests by Little's law, exact for them; of long ones by looking often."""
        ended = (now.total - now.active) - (self.start.total - self.start.active)
        spent = now.spent - self.start.spent
        exact = spent + ROUNDING * ended
        # A histogram may be a look behind the counters: ended requests that took no time have not been added yet.
        if ended > 0 and spent > 0 and exact / ended < seconds / 2:
            return exact / seconds
        return self.active_sum / max(1, self.looks)


class Statistics:
    """Polls while it runs; `active` is at most one look old."""

    def __init__(self, envoy: Envoy, sink: StatSink, queue_proxies: QueueProxies) -> None:
        self._envoy = envoy
        self._sink = sink
        self._queue_proxies = queue_proxies
        self._now: dict[str, Counters] = {}
        self._intervals: dict[str, Interval] = defaultdict(Interval)

    def active(self, uid: str) -> int:
        return int(self._now.get(f"queue_{uid}", Counters()).active)

    async def run(self) -> None:
        reported = time.monotonic()
        while True:
            await asyncio.sleep(LOOK_EVERY)
            if not self._queue_proxies.proxies:
                await self._queue_proxies.some()
                reported = time.monotonic()
            try:
                self._now = parse(await self._envoy.stats(PATTERN))
            except (aiohttp.ClientError, TimeoutError) as error:
                log.info("no statistics from Envoy: %s", error)
                continue
            for name, counters in self._now.items():
                interval = self._intervals[name]
                interval.looks += 1
                interval.active_sum += counters.active
            elapsed = time.monotonic() - reported
            if elapsed >= REPORT_EVERY:
                self._report(elapsed)
                reported += elapsed

    def _report(self, seconds: float) -> None:
        proxies = self._queue_proxies.proxies
        for name, counters in self._now.items():
            interval = self._intervals.pop(name)
            self._intervals[name] = Interval(start=counters)
            if name in proxies:
                proxy = proxies[name]
                rate = (counters.total - interval.start.total) / seconds
                self._sink.record(Stat(proxy.revision, proxy.pod.name, interval.concurrency(counters, seconds), rate))
        for gone in set(self._intervals) - set(proxies):
            del self._intervals[gone]


def parse(text: str) -> dict[str, Counters]:
    """Prometheus text as Envoy writes it; times are milliseconds there."""
    found: dict[str, Counters] = defaultdict(Counters)
    for what, name, value in LINE.findall(text):
        match what:
            case "active":
                found[name].active = float(value)
            case "total":
                found[name].total = float(value)
            case _:
                found[name].spent = float(value) / 1000
    return dict(found)
