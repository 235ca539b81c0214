"""How many replicas a HorizontalPodAutoscaler wants (kubernetes pkg/controller/podautoscaler: replica_calculator.go,
horizontal.go)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

TOLERANCE = 0.1
# The default behavior: up at once, by four pods or to twice as many in 15 s; down to what five minutes agree on.
DOWN_WINDOW, UP_WINDOW = 300.0, 0.0
UP_PERIOD, UP_PODS, UP_FACTOR = 15.0, 4, 2


@dataclass(frozen=True)
class PodMetric:
    """One pod: what it asks for and what it used; `used` None when nothing is known of it. A pod that is `starting`
    is not ready, or was measured before it was."""

    requested: float
    used: float | None
    starting: bool = False


@dataclass(frozen=True)
class Measured:
    """Replicas for one metric, and the utilization in percent that they are for."""

    replicas: int
    utilization: int


def for_utilization(pods: Sequence[PodMetric], target: int, current: int) -> Measured | None:
    """None when there is nothing to go by. `target` is in percent of what pods request."""
    known = [(each.requested, each.used) for each in pods if each.used is not None and not each.starting]
    missing = [each.requested for each in pods if each.used is None and not each.starting]
    starting = [each.requested for each in pods if each.starting]
    if not known or not any(requested for requested, _ in known):
        return None
    utilization = int(100 * sum(used for _, used in known) / sum(requested for requested, _ in known))
    ratio = utilization / target
    waiting = bool(starting) and ratio > 1
    if not waiting and not missing:
        replicas = current if abs(1 - ratio) <= TOLERANCE else math.ceil(ratio * len(known))
        return Measured(replicas, utilization)
    if missing:  # to be careful, they do nothing when that would mean more pods, and all they may when it means fewer
        share = max(1.0, target / 100) if ratio < 1 else 0.0
        known += [(requested, share * requested) for requested in missing]
    if waiting:
        known += [(requested, 0.0) for requested in starting]
    assumed = int(100 * sum(used for _, used in known) / sum(requested for requested, _ in known)) / target
    replicas = math.ceil(assumed * len(known))
    turned = (ratio < 1 < assumed) or (assumed < 1 < ratio)
    beyond = (assumed < 1 and replicas > current) or (assumed > 1 and replicas < current)
    if abs(1 - assumed) <= TOLERANCE or turned or beyond:
        replicas = current
    return Measured(replicas, utilization)


@dataclass
class History:
    """What one autoscaler has wanted and done, which holds it back."""

    wanted: list[tuple[float, int]] = field(default_factory=list)
    added: list[tuple[float, int]] = field(default_factory=list)

    def settle(self, desired: int, current: int, *, now: float, down: float, up: float) -> tuple[int, str]:
        """The number after stabilization and rates, and the reason when it is not `desired`. Windows in seconds."""
        self.wanted = [each for each in self.wanted if each[0] > now - max(down, up)] + [(now, desired)]
        lowest = max(count for when, count in self.wanted if when > now - down or when == now)
        highest = min(count for when, count in self.wanted if when > now - up or when == now)
        stable = min(max(current, highest), lowest)
        reason = "ScaleDownStabilized" if stable > desired else "ScaleUpStabilized" if stable < desired else ""
        if stable <= current:
            return stable, reason
        before = current - sum(count for when, count in self.added if when > now - UP_PERIOD)
        limit = max(before + UP_PODS, before * UP_FACTOR)
        return (stable, reason) if stable <= limit else (max(limit, current), "ScaleUpLimit")

    def scaled(self, change: int, now: float) -> None:
        self.added = [each for each in self.added if each[0] > now - UP_PERIOD]
        if change > 0:
            self.added.append((now, change))
