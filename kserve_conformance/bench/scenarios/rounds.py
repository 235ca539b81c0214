"""Several loads that take turns, round after round: what changes on the machine meanwhile is in all of them."""

from __future__ import annotations

import math
import statistics as plain
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from kserve_conformance.load import generator, measure, repetitions, statistics, validity
from kserve_conformance.load.generator import Load
from kserve_conformance.load.plan import Plan
from kserve_conformance.load.recorder import Outcome
from kserve_conformance.load.result import Figure, latency_figure

Round = Mapping[str, Load]
Medians = Mapping[str, Sequence[float | None]]


def carried_out(plans: Mapping[str, Plan], count: int, folder: Path) -> Iterator[Sequence[Round]]:
    """All rounds so far, after each; backwards in every second one."""
    rounds: list[Round] = []
    for number in range(1, count + 1):
        names = list(plans) if number % 2 else list(plans)[::-1]
        rounds.append(
            {name: generator.run(plans[name], folder / f"{number}-{name.replace(' ', '-')}") for name in names}
        )
        yield rounds


def reasons(rounds: Sequence[Round], count: int) -> Sequence[str]:
    """Why they are no measurement; `count` were wanted. How late the generator was is judged over all rounds of a load:
    one of them has too few samples for a p99."""
    found: dict[str, None] = {}
    for name in rounds[0]:
        rows = [row for each in rounds for row in each[name].measured if row.outcome != Outcome.DROPPED]
        lag = (statistics.quantile(sorted(row.lag for row in rows), 0.99),)
        measured = (replace(measure.open_loop(each[name]), lag=lag) for each in rounds)
        found |= {f"{name}: {why}": None for each in measured for why in validity.reasons(each)}
    return [*found] if len(rounds) == count else [*found, f"only {len(rounds)} of {count} rounds were measured"]


def medians(rounds: Sequence[Round]) -> Medians:
    """Of each load in each round, milliseconds; None when more than half had no right answer."""
    return {name: [_median(each[name]) for each in rounds] for name in rounds[0]}


def middle(name: str, values: Sequence[float | None]) -> Figure:
    """The median over the rounds."""
    known = tuple(each for each in values if each is not None)
    if len(known) < len(values):
        return Figure(f"{name} p50", None, "ms", note="answers were lost, so that there is no median")
    low, high = repetitions.interval(known) or (None, None)
    return Figure(f"{name} p50", plain.median(known), "ms", low, high, repeats=known)


def tail(name: str, rounds: Sequence[Round]) -> Figure:
    """The p99 of all rounds together, since one of them has too few samples for it."""
    rows = [row for each in rounds for row in each[name].measured]
    ascending = sorted(row.latency if row.outcome == Outcome.RIGHT else math.inf for row in rows)
    return replace(latency_figure(f"{name} p99", statistics.quantile(ascending, 0.99)), better="")


def difference(name: str, dear: Sequence[float | None], cheap: Sequence[float | None]) -> Figure:
    """Of medians of the same round, and the median of that over the rounds."""
    pairs = list(zip(dear, cheap, strict=True))
    found = tuple(a - b for a, b in pairs if a is not None and b is not None)
    if len(found) < len(pairs):
        note = "answers were lost, so that there is no median"
        return Figure(name, None, "ms", note=note, better="lower")
    low, high = repetitions.interval(found, differences=True) or (None, None)
    return Figure(name, plain.median(found), "ms", low, high, repeats=found, better="lower")


def account(rounds: Sequence[Round]) -> Iterator[Figure]:
    accounts = [measure.open_loop(load).account for each in rounds for load in each.values()]
    yield Figure("lost", sum(each.lost for each in accounts), "", better="lower")
    yield Figure("planned", sum(each.planned for each in accounts), "")


def _median(load: Load) -> float | None:
    value = measure.open_loop(load).of(0.5).value
    return None if math.isinf(value) else value * 1e3
