"""A load in the middle of which something is done to the service, and what the load noticed of it."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from kserve_conformance.bench.subject import Place
from kserve_conformance.kube import kinds
from kserve_conformance.kube.objects import condition, uid_of
from kserve_conformance.kube.service import LABEL, Service
from kserve_conformance.kube.watching import Change, watching
from kserve_conformance.load import generator, measure, recorder, statistics, validity
from kserve_conformance.load.generator import Load
from kserve_conformance.load.plan import Plan
from kserve_conformance.load.recorder import Row
from kserve_conformance.load.result import NEVER, Figure, Series, latency_figure

BETWEEN_LOOKS = 0.02  # seconds
SLOT = 1.0  # seconds; what a percentile is taken of
TAIL = 0.95  # the percentile that the samples of one slot can carry at 60/s and more
Answered = Callable[[Row], bool]


@dataclass(frozen=True)
class Parameters:
    """`seconds` of load at `rate` requests a second, the disturbance after `quiet` of them.

    `factor`: how many times as long as before a tail may be to count as recovered.
    """

    rate: float = 100.0
    seconds: float = 12.0
    warm_up: float = 1.0
    quiet: float = 4.0
    factor: float = 2.0
    seed: int = 1


@dataclass(frozen=True)
class Seen:
    """`at`: when it was done to the service, monotonic seconds. `changes` begin with what was there before."""

    load: Load
    changes: Sequence[Change]
    at: float

    @property
    def after(self) -> Sequence[Row]:
        return [row for row in self.load.measured if row.intended >= self.at]

    @property
    def why(self) -> Sequence[str]:
        """Why the load is no measurement."""
        vacuous = () if self.after else ("no request was to start after the disturbance",)
        return (*validity.reasons(measure.open_loop(self.load)), *vacuous)


def load(place: Place, service: Service, plan: Plan, folder: Path, *, act: Callable[[], object], quiet: float) -> Seen:
    """Carries out the plan, and `act` when it has lasted `quiet` seconds after its warm-up.

    Raises what `act` raises, and GeneratorError.
    """
    over, mine = threading.Event(), {LABEL: service.name}

    def acting() -> float:
        _wait_for_first(folder / generator.SAMPLES, over)
        over.wait(plan.warm_up + quiet)
        at = time.monotonic()
        if not over.is_set():
            act()
        return at

    labels = {kinds.POD: mine, kinds.DEPLOYMENT: mine}
    with (
        watching(place.platform.client, place.namespace, (kinds.DEPLOYMENT, kinds.POD), labels) as watched,
        ThreadPoolExecutor(1) as pool,
    ):
        began = time.monotonic()
        initial = [
            Change(began, kind, "ADDED", each)
            for kind in (kinds.DEPLOYMENT, kinds.POD)
            for each in place.platform.client.list(kind, place.namespace, mine)
        ]
        acted = pool.submit(acting)
        try:
            carried_out = generator.run(plan, folder)
        finally:
            over.set()
        at = acted.result()
    return Seen(carried_out, (*initial, *watched.changes), at)


def _wait_for_first(samples: Path, over: threading.Event) -> None:
    """The generator takes a second or two to come up; only its record says when it has."""
    while not over.is_set() and not (samples.exists() and samples.stat().st_size > len(recorder.MAGIC)):
        over.wait(BETWEEN_LOOKS)


def figures(seen: Seen, *, answered: Answered, factor: float) -> Iterator[Figure]:
    """What the requests after the disturbance noticed of it; `factor` as in `back`."""
    rows = seen.after
    lost = sum(not answered(row) for row in rows)
    latencies = sorted(row.latency if answered(row) else math.inf for row in rows)
    yield Figure("lost", lost, "", note=f"of {len(rows)}", better="lower")
    yield Figure("longest silence", silence(rows, answered, begin=seen.at) * 1e3, "ms", better="lower")
    yield back(seen.load.measured, seen.at, answered=answered, factor=factor)
    yield latency_figure("p99 afterwards", statistics.quantile(latencies, 0.99))
    yield Figure("requests", len(seen.load.measured), "")


def silence(rows: Sequence[Row], answered: Answered, *, begin: float) -> float:
    """The longest time without an answer, in seconds, from `begin` to the last answer that was wanted."""
    answers = sorted(row.done for row in rows if answered(row))
    ends = [*answers, max((row.done for row in rows), default=begin)]
    return max((after - before for before, after in zip([begin, *ends], ends, strict=False)), default=0.0)


def back(rows: Sequence[Row], at: float, *, answered: Answered, factor: float) -> Figure:
    """How long it took until no slot was worse any more than those before: with an answer lost, or with a tail more
    than `factor` times the longest one there was."""
    name = f"p{TAIL * 100:g} is back after"
    tails = by_slot(rows, at, answered)
    before = [tail for slot, tail in tails.items() if slot < 0]
    afterwards = [slot for slot in tails if slot >= 0]
    if not before or not afterwards:
        return Figure(name, None, "s", note="too few requests to tell", better="lower")
    worse = [slot for slot in afterwards if tails[slot] > factor * max(before)]
    if worse and worse[-1] == afterwards[-1]:
        return Figure(name, None, "s", note=f"{NEVER}: not while the load lasted", better="lower")
    if not worse:
        return Figure(name, 0.0, "s", note="it never was away", better="lower")
    return Figure(name, (worse[-1] + 1) * SLOT, "s", better="lower")


def by_slot(rows: Sequence[Row], at: float, answered: Answered) -> Mapping[int, float]:
    """The tail of each slot, in seconds, by its number after `at`, ascending; endless where an answer was lost.
    Without slots, as the first and the last, that have too few requests for a tail."""
    slots: dict[int, list[float]] = {}
    for row in rows:
        slots.setdefault(math.floor((row.intended - at) / SLOT), []).append(row.latency if answered(row) else math.inf)
    return {
        slot: math.inf if math.inf in found else statistics.quantile(sorted(found), TAIL).value
        for slot, found in sorted(slots.items())
        if len(found) >= statistics.needed(TAIL)
    }


def tails(seen: Seen, answered: Answered) -> Series:
    """As a plot draws it, seconds from the disturbance on; no point where it is endless."""
    found = by_slot(seen.load.measured, seen.at, answered)
    points = tuple((slot * SLOT, round(tail * 1e3, 3)) for slot, tail in found.items() if tail < math.inf)
    return Series(f"latency p{TAIL * 100:g} of each second, 0 is the disturbance", "ms", points)


def wanted(changes: Sequence[Change], *, begin: float) -> tuple[tuple[float, float], ...]:
    """Replicas that the Deployments ask for, all together: a point for each change, in seconds after `begin`."""
    by_uid: dict[str, int] = {}
    points = []
    for each in changes:
        if each.kind == kinds.DEPLOYMENT:
            gone = each.type == "DELETED"
            by_uid[uid_of(each.obj)] = 0 if gone else int(each.obj["spec"].get("replicas", 1))
            points.append((each.at - begin, float(sum(by_uid.values()))))
    return tuple(points)


def ready(changes: Sequence[Change], *, begin: float) -> tuple[tuple[float, float], ...]:
    """Pods that are ready and stay, likewise."""
    by_uid: dict[str, bool] = {}
    points = []
    for each in changes:
        if each.kind == kinds.POD:
            stays = each.type != "DELETED" and "deletionTimestamp" not in each.obj["metadata"]
            by_uid[uid_of(each.obj)] = stays and condition(each.obj, "Ready").get("status") == "True"
            points.append((each.at - begin, float(sum(by_uid.values()))))
    return tuple(points)


def new_pod_ready(seen: Seen) -> Figure:
    """When the first pod that appeared since then was ready."""
    name, known = "new pod ready after", set()
    for each in seen.changes:
        if each.kind != kinds.POD:
            continue
        if each.at < seen.at:
            known.add(uid_of(each.obj))
        elif uid_of(each.obj) not in known and condition(each.obj, "Ready").get("status") == "True":
            return Figure(name, each.at - seen.at, "s", better="lower")
    return Figure(name, None, "s", note=f"{NEVER}: not while the load lasted", better="lower")
