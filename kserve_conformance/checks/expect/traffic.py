"""Facts about many answers."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from kserve_conformance.checks.expect.answers import broken
from kserve_conformance.model import BrokenPromise, Sample

FALSE_ALARM = 1e-6  # per test: a platform that keeps its promise fails once in a million runs


def nothing_lost(samples: Sequence[Sample], *, at_least: int) -> None:
    """Every request that was sent was answered with 200, and so many were sent."""
    _lost(samples, 0, f"all {len(samples)} requests to be answered with 200", at_least=at_least)


def hardly_any_lost(samples: Sequence[Sample], *, one_in: int, at_least: int) -> None:
    """No more than one in so many was not answered with 200, and so many were sent."""
    most = len(samples) // one_in
    _lost(samples, most, f"all but {most} of {len(samples)} requests to be answered with 200", at_least=at_least)


def _lost(samples: Sequence[Sample], most: int, expected: str, *, at_least: int) -> None:
    if len(samples) < at_least:
        raise BrokenPromise(
            expected=f"at least {at_least} requests, or nothing was put to the test", observed=str(len(samples))
        )
    lost = [each for each in samples if each.status != 200]
    if len(lost) > most:
        first, began = lost[0], samples[0].intended
        kinds = Counter(str(each.status or (each.error or "").partition(":")[0]) for each in lost)
        said = ", ".join(f"{number} of {kind}" for kind, number in kinds.most_common(4))
        span = f"{first.intended - began:.2f} s to {lost[-1].done - began:.2f} s after the first request"
        broken(
            first,
            expected,
            f"{len(lost)} lost ({said}), from {span}; the first: {first}",
        )


def answered_only_by(samples: Sequence[Sample], name: str, *, at_least: int) -> None:
    """Every answer is of the model that calls itself so, and there are so many."""
    if len(samples) < at_least:
        raise BrokenPromise(
            expected=f"at least {at_least} answers, or nothing was put to the test", observed=str(len(samples))
        )
    strangers = [each for each in samples if each.answered_by != name]
    if strangers:
        by = Counter(each.answered_by or "no model" for each in strangers)
        said = ", ".join(f"{number} by {who}" for who, number in by.most_common(4))
        broken(
            strangers[0],
            f"all {len(samples)} requests to be answered by {name}",
            f"{said}; the first: {strangers[0]}",
            likely=strangers[0].likely or "the gateway's route leads to another revision",
        )


def share(samples: Sequence[Sample], *, of: str, others: Sequence[str], percent: float, n: int) -> None:
    """Exactly `n` samples, each answered by `of` or one of `others`, and as many by `of` as `percent` lets expect."""
    if len(samples) != n:
        raise BrokenPromise(expected=f"{n} answers", observed=str(len(samples)))
    for sample in samples:
        if sample.answered_by not in (of, *others):
            broken(sample, f"{of} or {', '.join(others)} to answer")
    hits = sum(sample.answered_by == of for sample in samples)
    low, high = limits(n, percent / 100)
    if not low <= hits <= high:
        raise BrokenPromise(
            expected=f"{low} to {high} of {n} requests answered by {of} ({percent:g} % asked for)",
            observed=f"{hits} ({100 * hits / n:.1f} %)",
            likely="the split in the service's status is not the one in the gateway's route",
            curl=samples[0].curl,
        )


def grows_to_all(shares: Sequence[int], *, steps: int) -> None:
    """Percentages one after the other: each greater than the one before, so many at least, the last of them 100."""
    falls = any(after <= before for before, after in pairwise(shares))
    if falls or len(shares) < steps or shares[-1] != 100:
        raise BrokenPromise(
            expected=f"a share that grows to 100 % in {steps} steps or more",
            observed=f"saw {', '.join(f'{each} %' for each in shares) or 'no share at all'}",
            likely="the rollout duration is not heeded: the gateway's route changes at once, or back and forth",
        )


def limits(n: int, p: float) -> tuple[int, int]:
    """The narrowest counts outside which a binomial(n, p) falls with probability FALSE_ALARM, half on each side."""
    mass = [math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)]
    low, tail = 0, mass[0]
    while tail <= FALSE_ALARM / 2:
        low += 1
        tail += mass[low]
    high, tail = n, mass[n]
    while tail <= FALSE_ALARM / 2:
        high -= 1
        tail += mass[high]
    return low, high
