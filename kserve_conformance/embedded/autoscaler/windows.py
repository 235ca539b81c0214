"""Sliding windows of one-second buckets (serving pkg/autoscaler/aggregation)."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

DIGITS = 6
LIGHTEST, COVERED = 0.2, 0.9999  # of exponential weights: the smallest decay, and what the window's weights add up to


@dataclass
class Window:
    """A sum for each of the last `length` seconds, and their mean.

    What is recorded within one second adds up: several reporters of one revision make one figure. A second without a
    record in between counts zero; seconds before the first record and after the last one do not count.
    """

    length: float
    _buckets: dict[int, float] = field(default_factory=dict)
    _first: int | None = None
    _last: int = 0

    def record(self, value: float, *, now: float) -> None:
        index = int(now)
        if self._first is None or index - self._last >= self.length:
            self._buckets.clear()
            self._first = index
        self._buckets[index] = self._buckets.get(index, 0.0) + value
        self._last = max(self._last, index)
        for old in [each for each in self._buckets if each <= self._last - self._count]:
            del self._buckets[old]

    def is_empty(self, *, now: float) -> bool:
        return self._first is None or int(now) - self._last > self.length

    def average(self, *, now: float) -> float:
        silent = int(now) - self._last
        if self._first is None or silent >= self.length:
            return 0.0
        silent = max(0, silent)
        oldest = self._last + silent - self._count
        total = sum(value for at, value in self._buckets.items() if at > oldest)
        return round(total / min(self._last - self._first + 1, self._count - silent), DIGITS)

    def resize(self, length: float) -> None:
        if length == self.length:
            return
        if self._first is not None:
            self._first = self._last - self._count + 1
        self.length = length

    @property
    def _count(self) -> int:
        return math.ceil(self.length)


@dataclass
class WeightedWindow(Window):
    """Annotation metric-aggregation-algorithm "weightedExponential": the younger a second, the more it counts."""

    def average(self, *, now: float) -> float:
        if self.is_empty(now=now):
            return 0.0
        decay: float = max(1 - (1 - COVERED) ** (1 / self._count), LIGHTEST)
        silent = max(0, int(now) - self._last)
        return sum(
            self._buckets.get(self._last - back, 0.0) * decay * (1 - decay) ** (silent + back)
            for back in range(self._count - silent)
        )


@dataclass
class MaxWindow:
    """The largest value of the last `length` seconds, for scale-down-delay. Its buckets are one decision long."""

    length: float
    bucket: float = 2.0
    _values: deque[tuple[int, int]] = field(default_factory=deque)

    def record(self, value: int, *, now: float) -> int:
        index, count = int(now) // int(self.bucket), math.ceil(self.length / self.bucket)
        while self._values and self._values[-1][1] <= value:
            self._values.pop()
        while self._values and index - self._values[0][0] >= count:
            self._values.popleft()
        if self._values and self._values[-1][0] == index:
            value = max(value, self._values.pop()[1])
        self._values.append((index, value))
        return self._values[0][1]
