"""What queue proxies and activators report to the autoscaler, in the shape of Knative's `metrics.Stat`
(serving pkg/autoscaler/metrics/stat.go)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from kserve_conformance.embedded.objects import Key


@dataclass(frozen=True)
class Stat:
    """One reporting interval (1 s) of one reporter.

    `pod` is the reporting pod (an activator's own name for what it holds). Concurrency is the time-weighted average
    number of requests in flight; the count is requests per second. The `proxied` parts came through an activator and
    are subtracted from a queue proxy's figures, so that nothing is counted twice.
    """

    revision: Key
    pod: str
    average_concurrency: float
    request_rate: float
    proxied_concurrency: float = 0.0
    proxied_rate: float = 0.0


class StatSink(Protocol):
    """The autoscaler's side."""

    def record(self, stat: Stat) -> None:
        """Takes one interval's figures; a first request at zero makes it decide at once (Knative's `Poke`)."""


class InFlight(Protocol):
    """The data plane's side: what a pod is still answering."""

    def requests_in_flight(self, pod: Key) -> int:
        """Requests inside the pod's queue proxy right now; 0 for a pod it does not know."""
