"""How far two sets of repetitions lie apart, and how surely.

Welch's t interval on the logarithms: what disturbs times and rates does so in proportion, and the run that is slower is
the one that varies more. Where a value is not above zero (counts, differences) it is on the values themselves. Ranks
(Mann-Whitney, Hodges-Lehmann) would assume less, but cannot speak here: of five against five the smallest p there is is
2/252, and the first of twelve figures has to be below 0.05/12. What the t interval assumes instead is tested by
simulation (tests/bench/test_effect.py).

All intervals of a table hold together (Bonferroni: whatever the figures have to do with each other), so that "zero is
not in the interval" is the whole rule and can be seen in what is printed.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.special import nctdtrinc, stdtrit

CONFIDENCE = 0.95
# A figure that is in one of two modes, as chance will have it, is in one throughout BASE and in the other throughout
# HEAD with probability 2 * 4**-n: for one of twelve that is 2 % with five repetitions, and 9 % with four.
FEWEST = 5
POWER = 0.95  # of a difference as large as `detectable`, 19 of 20 are shown


@dataclass(frozen=True)
class Estimate:
    """HEAD less BASE, with the interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Effect:
    """`base` and `head` are typical values: geometric means where all are above zero, else means.

    `absolute` is in the unit of the values, `relative` a share of `base`; None where not all are above zero.
    `detectable` (a share of `base`; without `relative`, in the unit) is the smallest difference that comparisons as
    noisy as this one show 19 times in 20; None when nothing varied at all.
    """

    base: float
    head: float
    absolute: Estimate
    relative: Estimate | None
    detectable: float | None

    @property
    def shown(self) -> bool:
        """The interval leaves zero out."""
        return self.absolute.low > 0 or self.absolute.high < 0


def effect(base: Sequence[float], head: Sequence[float], *, figures: int) -> Effect:
    """As one of so many `figures` of a table. Needs two repetitions of each; FEWEST for what is claimed here."""
    proportional = min(*base, *head) > 0
    before, after = [[math.log(each) for each in values] if proportional else list(values) for values in (base, head)]
    middle = statistics.fmean(before)
    difference = statistics.fmean(after) - middle
    error, freedom = _welch(before, after)
    asked = float(stdtrit(freedom, 1 - (1 - CONFIDENCE) / 2 / figures))  # of the difference, in standard errors
    detectable = error * float(nctdtrinc(freedom, 1 - POWER, asked))
    bounds = difference, difference - error * asked, difference + error * asked
    if not proportional:
        return Effect(middle, middle + difference, Estimate(*bounds), None, detectable or None)
    typical = math.exp(middle)
    relative = Estimate(*(math.expm1(each) for each in bounds))
    absolute = Estimate(*(math.expm1(each) * typical for each in bounds))
    return Effect(typical, typical + absolute.value, absolute, relative, math.expm1(detectable) or None)


def _welch(base: Sequence[float], head: Sequence[float]) -> tuple[float, float]:
    """The standard error of the difference of two means, and its degrees of freedom (Welch and Satterthwaite)."""
    parts = [(statistics.variance(each) / len(each), len(each) - 1) for each in (base, head)]
    squared = sum(part for part, _ in parts)
    below = sum(part**2 / freedom for part, freedom in parts)
    return math.sqrt(squared), squared**2 / below if below else 1.0
