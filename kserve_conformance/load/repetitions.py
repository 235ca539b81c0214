"""Several measurements of one scenario as one: what differs from run to run is in no interval of a single run.

The interval of a median over a few repetitions: order statistics need six for 95 % (five reach 1 - 2 / 2^5 = 93.75 %),
so up to five the logarithms are taken to be normal (times and rates vary by factors) and Student's t bounds them.
"""

from __future__ import annotations

import math
import statistics as plain
from collections.abc import Iterator, Sequence
from dataclasses import replace

from kserve_conformance.load import statistics
from kserve_conformance.load.result import Figure, Scenario, Series, Stage

# 97.5 % quantiles of Student's t by degrees of freedom (NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2).
_STUDENT = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776}
WORST = ("max", "send lag max", "generator longest turn")  # the greatest of all, not the middle one


def combined(found: Sequence[Scenario], *, wanted: int) -> Scenario:
    """At least one of them. Valid when all that were wanted are there and each of them is valid."""
    last = found[-1]
    if wanted == 1:
        return last
    reasons = [f"repetition {number}: {each.why}" for number, each in enumerate(found, 1) if not each.valid]
    if len(found) < wanted:
        reasons.append(f"only {len(found)} of {wanted} repetitions were measured")
    return replace(
        last,
        load=f"{len(found)} of {wanted} times: {last.load}",
        figures=tuple(_figure([each.figure(name) for each in found]) for name in _names(found)),
        stages=tuple(_stage([each.stages[at] for each in found]) for at in range(len(last.stages))),
        valid=not reasons,
        why="; ".join(reasons),
        series=tuple(_series([each.series[at] for each in found]) for at in range(len(last.series))),
    )


def interval(values: Sequence[float], *, differences: bool = False) -> tuple[float, float] | None:
    """95 %, of the median; None for a single value. Of `differences` the values themselves are taken to be normal."""
    count = len(values)
    if count < 2:
        return None
    if count > max(_STUDENT) + 1:
        found = statistics.quantile(sorted(values), 0.5)
        return (found.low, found.high) if found.low is not None and found.high is not None else None
    scaled = not differences and all(value > 0 for value in values)
    used = [math.log(value) for value in values] if scaled else list(values)
    middle, reach = plain.mean(used), _STUDENT[count - 1] * plain.stdev(used) / math.sqrt(count)
    low, high = middle - reach, middle + reach
    return (math.exp(low), math.exp(high)) if scaled else (low, high)


def _names(found: Sequence[Scenario]) -> Iterator[str]:
    """Of figures that all repetitions have."""
    for figure in found[-1].figures:
        if all(any(each.name == figure.name for each in other.figures) for other in found):
            yield figure.name


def _figure(found: Sequence[Figure]) -> Figure:
    """Counts add up, so that no median hides the one that was lost; worst cases stay the worst."""
    missing = [each for each in found if each.value is None]
    if missing:
        endless = [each for each in missing if each.endless]
        worst = (endless or missing)[0]
        return replace(worst, note=f"{worst.note}; so in {len(missing)} of {len(found)} repetitions")
    values = tuple(each.value for each in found if each.value is not None)
    if all(isinstance(each, int) for each in values):
        return replace(found[-1], value=sum(values), repeats=values)
    if found[-1].name in WORST:
        return replace(found[-1], value=max(values), low=None, high=None, repeats=values)
    low, high = interval(values) or (found[-1].low, found[-1].high)
    return replace(found[-1], value=plain.median(values), low=low, high=high, repeats=values)


def _stage(found: Sequence[Stage]) -> Stage:
    seconds = [each.seconds for each in found if each.seconds is not None]
    low, high = interval(seconds) or (None, None)
    middle = plain.median(seconds) if seconds else None
    return Stage(found[-1].name, middle, low, high, len(seconds))


def _series(found: Sequence[Series]) -> Series:
    """One after the other, each where the one before it ended."""
    points: list[tuple[float, float]] = []
    begin = 0.0
    for each in found:
        points += [(begin + x, y) for x, y in each.points]
        begin += math.floor(max((x for x, _ in each.points), default=0.0)) + 1
    return replace(found[-1], points=tuple(points))
