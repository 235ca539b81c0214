"""Loads as scenarios: what is measured and which figures come out of it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from kserve_conformance.load import generator, measure, statistics, validity
from kserve_conformance.load.generator import Load
from kserve_conformance.load.measure import Measurement
from kserve_conformance.load.plan import Plan
from kserve_conformance.load.recorder import Outcome
from kserve_conformance.load.result import NEVER, Figure, Scenario, Series, latency_figure
from kserve_conformance.load.statistics import Quantile

PLOTTED = (0.5, 0.95)  # percentiles that a second's samples can carry at 60/s and more


def latency(plan: Plan, folder: Path) -> Scenario:
    """An open loop at a fixed rate."""
    load = generator.run(plan, folder)
    found = measure.open_loop(load)
    why = validity.reasons(found)
    return Scenario(
        name=plan.name,
        load=f"{plan.rate:g}/s open, {plan.arrivals}, {plan.seconds:g} s after {plan.warm_up:g} s of warm-up",
        figures=(
            *(latency_figure(f"p{q.q * 100:g}", q) for q in found.latency),
            _longest(found),
            *_account(found),
            *_described("service time", found.service_time),
            *(
                replace(latency_figure(f"send lag p{q.q * 100:g}", q), better="")
                for q in found.lag
                if q.q in (0.5, 0.99)
            ),
            Figure("send lag max", found.longest_lag * 1e3, "ms"),
            _dispersion(found),
            *_generator(found),
        ),
        valid=not why,
        why="; ".join(why),
        series=by_second(load),
    )


def throughput(plan: Plan, folder: Path) -> Scenario:
    """A closed loop: what the service does when it always has `connections` requests to do. No latency comes of it."""
    found = measure.closed_loop(generator.run(replace(plan, arrivals="closed"), folder))
    why = validity.reasons_closed(found)
    return Scenario(
        name=plan.name,
        load=f"{plan.connections} connections closed, {plan.seconds:g} s after {plan.warm_up:g} s of warm-up",
        figures=(
            Figure("throughput", found.rate, "req/s", note="closed loop", better="higher"),
            *_account(found),
            *_described("service time", found.service_time),
            *_generator(found),
        ),
        valid=not why,
        why="; ".join(why),
    )


def by_second(load: Load, *, quantiles: Sequence[float] = PLOTTED) -> tuple[Series, ...]:
    """Percentiles of the right answers whose requests began in the same second after the warm-up."""
    begin = load.health.start + load.plan.warm_up
    slots: dict[int, list[float]] = {}
    for row in load.measured:
        if row.outcome == Outcome.RIGHT:
            slots.setdefault(int(row.intended - begin), []).append(row.latency)
    seconds = [(second, sorted(found)) for second, found in sorted(slots.items())]

    def points(q: float) -> Iterator[tuple[float, float]]:
        for second, found in seconds:
            if len(found) >= statistics.needed(q):
                yield second, round(statistics.quantile(found, q).value * 1e3, 3)

    return tuple(Series(f"latency p{q * 100:g} of each second", "ms", tuple(points(q))) for q in quantiles)


def _described(name: str, quantiles: Sequence[Quantile]) -> Iterator[Figure]:
    """They tell how it went; nobody is to be judged by them."""
    for each in quantiles:
        if each.q in (0.5, 0.99):
            yield replace(latency_figure(f"{name} p{each.q * 100:g}", each), better="")


def _longest(found: Measurement) -> Figure:
    if found.account.lost:
        return Figure("max", None, "ms", note=f"{NEVER}: {found.account.lost} had no right answer")
    return Figure("max", found.longest * 1e3, "ms", better="lower")


def _dispersion(found: Measurement) -> Figure:
    if math.isnan(found.dispersion):
        return Figure("dispersion of sends", None, "", note="too short a load to tell")
    return Figure("dispersion of sends", found.dispersion, "")


def _account(found: Measurement) -> tuple[Figure, ...]:
    account = found.account
    return (
        Figure("lost", account.lost, "", better="lower"),
        Figure("planned", account.planned, ""),
        Figure("sent", account.sent, ""),
        Figure("right", account.right, ""),
        Figure("wrong", account.wrong, ""),
        Figure("failed", account.failed, ""),
        Figure("timed out", account.timed_out, ""),
        Figure("dropped", account.dropped, ""),
        Figure("sent per second", found.rate, "req/s"),
        Figure("warm-up requests", found.warm_up, ""),
    )


def _generator(found: Measurement) -> tuple[Figure, ...]:
    health = found.health
    return (
        Figure("generator cpu", health.cpu_share * 100, "% of a core"),
        Figure("generator waited for a core", health.waited_share * 100, "% of the time"),
        Figure("generator longest turn", health.longest_turn * 1e3, "ms"),
        Figure("connections opened", health.connections, ""),
    )
