"""Percentiles that say how sure they are, without assuming a shape of the distribution.

Order statistics: how many of n samples lie below the true quantile is binomial, whatever the distribution. The same
count decides how many samples a percentile needs at all (MLPerf LoadGen's early stopping; its 662 is `needed` with
99 % confidence and one sample above). Samples of one run are taken as independent; what differs from run to run is in
no interval made from a single one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Quantile:
    """`value` may be infinite: more than 1-q of the requests had no right answer. A missing bound is None."""

    q: float
    value: float
    low: float | None
    high: float | None
    samples: int

    @property
    def needed(self) -> int:
        return needed(self.q)

    @property
    def enough(self) -> bool:
        return self.samples >= self.needed


def quantile(ascending: Sequence[float], q: float, *, confidence: float = CONFIDENCE) -> Quantile:
    """Nearest rank; of no samples at all the value is infinite."""
    count = len(ascending)
    if not count:
        return Quantile(q, math.inf, None, None, 0)
    low, high = ranks(count, q, confidence=confidence)
    return Quantile(
        q,
        ascending[max(0, math.ceil(q * count - 1e-9) - 1)],
        ascending[low - 1] if low >= 1 else None,
        ascending[high - 1] if high <= count else None,
        count,
    )


def ranks(count: int, q: float, *, confidence: float = CONFIDENCE) -> tuple[int, int]:
    """The ranks (from 1) between which the true quantile lies; 0 or count + 1 where no sample bounds it."""
    tail = (1 - confidence) / 2
    return _reaches(count, q, tail), _reaches(count, q, 1 - tail) + 1


def needed(q: float, *, confidence: float = CONFIDENCE, above: int = 0) -> int:
    """The fewest samples that show "the true quantile is below x" when `above` of them lie above x."""
    fewest, most = above + 1, above + 2
    while not _shows(most, q, confidence, above):
        fewest, most = most, most * 2
    while fewest < most:
        middle = (fewest + most) // 2
        fewest, most = (fewest, middle) if _shows(middle, q, confidence, above) else (middle + 1, most)
    return most


def dispersion(times: Sequence[float], *, start: float, rate: float, seconds: float) -> float:
    """Variance over mean of the counts per slot of five arrivals: 0 for a metronome, 1 for independent users."""
    slots = int(seconds * rate / 5)
    if slots < 2:
        return math.nan
    counts = [0] * slots
    for at in times:
        slot = int((at - start) * rate / 5)
        if 0 <= slot < slots:
            counts[slot] += 1
    mean = sum(counts) / slots
    return sum((each - mean) ** 2 for each in counts) / (slots - 1) / mean if mean else math.nan


def _shows(count: int, q: float, confidence: float, above: int) -> bool:
    """Were the true quantile above x, so few samples above x would be an accident rarer than 1 - confidence."""
    miss = 1 - q
    return sum(_chance(count, miss, k) for k in range(above + 1)) <= 1 - confidence


def _reaches(count: int, p: float, probability: float) -> int:
    """The smallest k with P(B <= k) > probability, B binomial."""
    spread = math.sqrt(count * p * (1 - p))
    k = max(0, math.floor(count * p - 12 * spread))  # what lies further below has no weight in double precision
    total = 0.0
    while k <= count:
        total += _chance(count, p, k)
        if total > probability:
            return k
        k += 1
    return count


def _chance(count: int, p: float, k: int) -> float:
    if k > count:
        return 0.0
    ways = math.lgamma(count + 1) - math.lgamma(k + 1) - math.lgamma(count - k + 1)
    return math.exp(ways + k * math.log(p) + (count - k) * math.log1p(-p))
