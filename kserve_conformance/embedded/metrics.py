"""What queue proxies and activators report to the autoscaler, in the shape of Knative's `metrics.Stat`
(serving pkg/autoscaler/metrics/stat.go)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from kserve_conformance.embedded.objects import Key


@dataclass(frozen=True)
class Stat:
    """One reporting interval (1 s) of one reporter.

    `pod` is the reporting pod. Concurrency is the time-weighted average number of requests in flight; the count is
    requests per second. Nothing is counted twice: a queue proxy reports all that it serves, an activator what it holds
    and has not yet passed on (on a cluster the queue proxy's figures say what came through an activator, and the
    autoscaler subtracts it).
    """

    revision: Key
    pod: str
    average_concurrency: float
    request_rate: float


class StatSink(Protocol):
    """The autoscaler's side."""

    def record(self, stat: Stat) -> None:
        """Takes one interval's figures; a first request at zero makes it decide at once (Knative's `Poke`)."""


@dataclass(frozen=True)
class Usage:
    """What the processes of a pod use: seconds of CPU since they started, bytes of memory now."""

    cpu: float
    memory: float


class InFlight(Protocol):
    """The data plane's side: what a pod is still answering."""

    def requests_in_flight(self, pod: Key) -> int:
        """Requests inside the pod's queue proxy right now; 0 for a pod it does not know."""
