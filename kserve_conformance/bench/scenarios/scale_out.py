"""A step of load on a service with one pod: how long until there are pods enough, and what is lost meanwhile."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kserve_conformance.bench.scenarios import disturbed
from kserve_conformance.bench.subject import Place
from kserve_conformance.load import measure, scenarios, statistics, validity
from kserve_conformance.load.generator import Load
from kserve_conformance.load.recorder import Outcome
from kserve_conformance.load.result import NEVER, Figure, Scenario, Series, latency_figure

Steps = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Parameters:
    """`target` requests a second are what one pod is to get; the load is `times` as much, from one moment to the next.

    It lasts `seconds`; an answer later than `late` milliseconds is counted.
    """

    target: int = 25
    times: int = 3
    seconds: float = 15.0
    late: float = 100.0
    seed: int = 1


def run(place: Place, parameters: Parameters, folder: Path) -> Iterator[Scenario]:
    said = parameters
    with place.deployed(
        "bench-scale-out", min_replicas=1, max_replicas=4 * said.times, scale_metric="rps", scale_target=said.target
    ) as service:
        place.all_ready(service, 1)
        rate = float(said.target * said.times)
        plan = place.plan(service, rate=rate, seconds=said.seconds, seed=said.seed)
        seen = disturbed.load(place, service, plan, folder, act=lambda: None, quiet=0.0)
    load, begin = seen.load, seen.load.health.start
    wanted, ready = disturbed.wanted(seen.changes, begin=begin), disturbed.ready(seen.changes, begin=begin)
    found = measure.open_loop(load)
    enough = reached(ready, said.times)
    why = validity.reasons(found)
    late = sum(row.outcome == Outcome.RIGHT and row.latency * 1e3 > said.late for row in load.measured)
    yield Scenario(
        name="scale-out",
        load=f"from nothing to {rate:g}/s, {said.times} times the target of {said.target}/s a pod, {said.seconds:g} s",
        figures=(
            _after("decided after", reached(wanted, said.times), said.times),
            _after("time to capacity", enough, said.times),
            *overshoot(wanted),
            Figure("lost", found.account.lost, "", note=f"of {found.account.planned}", better="lower"),
            Figure("late", late, "", note=f"later than {said.late:g} ms", better="lower"),
            *(
                latency_figure(name, statistics.quantile(sorted(latencies), 0.95))
                for name, latencies in (
                    ("p95 until then", _latencies(load, begin, 0.0, enough)),
                    ("p95 from then on", _latencies(load, begin, enough, math.inf)),
                )
            ),
        ),
        valid=not why,
        why="; ".join(why),
        series=(
            Series("pods wanted, by second", "pods", stairs(wanted, until=said.seconds)),
            Series("pods ready, by second", "pods", stairs(ready, until=said.seconds)),
            *scenarios.by_second(load, quantiles=(0.95,)),
        ),
    )


def reached(steps: Steps, count: int) -> float:
    """The first moment at which there were so many; endless when there never were."""
    return next((at for at, value in steps if value >= count), math.inf)


def overshoot(wanted: Steps) -> Iterator[Figure]:
    """The most replicas that were wanted at a time, beyond those at the end, when it had settled."""
    if not wanted:
        yield Figure("overshoot", None, "pods", note="the watch showed no Deployment", better="lower")
        return
    most, last = max(int(value) for _, value in wanted), int(wanted[-1][1])
    yield Figure("overshoot", float(most - last), "pods", note=f"{most} at most, {last} at the end", better="lower")


def stairs(steps: Steps, *, until: float) -> tuple[tuple[float, float], ...]:
    """Corners for a plot: a number stays what it is until it changes."""
    points: list[tuple[float, float]] = []
    for at, value in steps:
        x = round(max(0.0, at), 3)
        if points:
            points.append((x, points[-1][1]))
        points.append((x, value))
    return (*points, (until, points[-1][1])) if points else ()


def _after(name: str, seconds: float, count: int) -> Figure:
    if math.isinf(seconds):
        return Figure(name, None, "s", note=f"{NEVER}: not {count} pods while the load lasted", better="lower")
    return Figure(name, seconds, "s", note=f"{count} pods", better="lower")


def _latencies(load: Load, begin: float, since: float, until: float) -> list[float]:
    """Of requests that were meant to start in that time after `begin`; endless without a right answer."""
    return [
        row.latency if row.outcome == Outcome.RIGHT else math.inf
        for row in load.measured
        if since <= row.intended - begin < until
    ]
