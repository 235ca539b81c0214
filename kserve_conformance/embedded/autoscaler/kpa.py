"""Knative's pod autoscaler: how many pods the traffic of one revision wants.

The rules of serving pkg/autoscaler/scaling/autoscaler.go, with the clock passed in.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from kserve_conformance.embedded.autoscaler.config import Scaling
from kserve_conformance.embedded.autoscaler.windows import MaxWindow, WeightedWindow, Window

UNKNOWN = -1


@dataclass(frozen=True)
class Decision:
    """The wanted number of pods, and what is left of their capacity for a burst (negative: not enough)."""

    desired: int
    excess_burst_capacity: int


@dataclass
class Kpa:
    """One revision's windows and panic state, from the moment the autoscaler knows of it: with more than one pod
    `ready` by then it starts in panic, so that a new autoscaler without history takes none away. Times are seconds on
    any one clock."""

    scaling: Scaling
    ready: int = 0
    now: float = 0.0
    panic_since: float | None = field(init=False)
    max_panic_pods: int = field(init=False)
    _stable: Window = field(init=False)
    _panic: Window = field(init=False)
    _delay: MaxWindow | None = field(init=False)

    def __post_init__(self) -> None:
        kind = WeightedWindow if self.scaling.weighted else Window
        self._stable, self._panic = kind(self.scaling.stable_window), kind(self.scaling.panic_window)
        self.panic_since = self.now if self.ready > 1 else None
        self.max_panic_pods = self.ready
        delay = self.scaling.scale_down_delay
        self._delay = MaxWindow(delay) if delay > 0 else None

    def configure(self, scaling: Scaling) -> None:
        """A scale-down delay is that of the beginning."""
        self.scaling = scaling
        self._stable.resize(scaling.stable_window)
        self._panic.resize(scaling.panic_window)

    def record(self, value: float, *, now: float) -> None:
        """Concurrency or requests per second of the whole revision, once a second."""
        self._stable.record(value, now=now)
        self._panic.record(value, now=now)

    def first(self) -> Decision:
        """Before anything is known, whether the initial scale has room for a burst."""
        facts, capacity = self.scaling, self.scaling.burst_capacity
        excess = int(capacity if capacity in (-1, 0) else facts.initial_scale * facts.total - capacity)
        return Decision(UNKNOWN, excess)

    def decide(self, *, ready: int, now: float, may_panic: Callable[[], bool] = lambda: True) -> Decision | None:
        """None when there is nothing to decide on yet. `ready` counts the revision's ready pods."""
        facts = self.scaling
        if self._stable.is_empty(now=now) and facts.burst_capacity != -1:
            return None  # with the activator always in the path, no news is no traffic
        stable, panic = self._stable.average(now=now), self._panic.average(now=now)
        pods = max(1, ready)
        ceiling = math.ceil(facts.max_scale_up_rate * pods)
        floor = math.floor(pods / facts.max_scale_down_rate) if facts.reachable else 0
        stable_pods, panic_pods = math.ceil(stable / facts.target), math.ceil(panic / facts.target)
        desired_stable = self._activated(stable_pods, min(max(stable_pods, floor), ceiling))
        desired_panic = self._activated(panic_pods, min(max(panic_pods, floor), ceiling))
        self._update_panic(panic_pods / pods >= facts.panic_threshold and may_panic(), now)
        desired = desired_stable
        if self.panic_since is not None:
            self.max_panic_pods = max(self.max_panic_pods, desired_stable, desired_panic)
            desired = self.max_panic_pods
        if facts.reachable and self._delay is not None:
            desired = self._delay.record(desired, now=now)
        return Decision(desired, self._excess(ready, panic))

    def _activated(self, wanted: int, bounded: int) -> int:
        if self.scaling.activation_scale > 1 and wanted > 0:
            return max(bounded, self.scaling.activation_scale)
        return bounded

    def _update_panic(self, over_threshold: bool, now: float) -> None:
        if over_threshold:
            self.panic_since = now
        elif self.panic_since is not None and self.panic_since + self.scaling.stable_window < now:
            self.panic_since, self.max_panic_pods = None, 0

    def _excess(self, ready: int, panic: float) -> int:
        capacity = self.scaling.burst_capacity
        if capacity == 0:
            return 0
        if capacity < 0:
            return -1
        return math.floor(ready * self.scaling.total - capacity - panic)
