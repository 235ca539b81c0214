"""Sliding windows of one-second buckets (serving pkg/autoscaler/aggregation/bucketing.go)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

GRANULARITY = 1.0


@dataclass
class Window:
    """A sum for each second of the last `length` seconds.

    What is recorded within one second adds up: several reporters of one revision make one figure.
    """

    length: float
    _buckets: dict[int, float] = field(default_factory=dict)
    _first: int | None = None
    _last: int = 0

    def record(self, value: float, *, now: float) -> None:
        index = int(now // GRANULARITY)
        if self._first is None or index - self._last >= self._count:
            self._buckets.clear()
            self._first = index
        self._buckets[index] = self._buckets.get(index, 0.0) + value
        self._last = index
        for old in [each for each in self._buckets if each <= index - self._count]:
            del self._buckets[old]

    def average(self, *, now: float) -> float | None:
        """The mean over the part of the window that has data behind it; None when nothing was recorded within it."""
        if self._first is None or now - self._last * GRANULARITY >= self.length + GRANULARITY:
            return None
        index = int(now // GRANULARITY)
        oldest = index - self._count
        total = sum(value for at, value in self._buckets.items() if at > oldest)
        behind = self._last - self._first + 1
        inside = self._count - (index - self._last)
        return total / max(1, min(behind, inside))

    def resize(self, length: float) -> None:
        self.length = length

    @property
    def _count(self) -> int:
        return max(1, round(self.length / GRANULARITY))


@dataclass
class MaxWindow:
    """The largest value of the last `length` seconds, for scale-down-delay (pkg/autoscaler/aggregation/max)."""

    length: float
    _values: deque[tuple[float, int]] = field(default_factory=deque)

    def record(self, value: int, *, now: float) -> int:
        while self._values and self._values[-1][1] <= value:
            self._values.pop()
        self._values.append((now, value))
        while self._values[0][0] <= now - self.length:
            self._values.popleft()
        return self._values[0][1]
