"""The highest rate at which a warm service keeps a bound on its latency: found by search, then verified.

Doubling finds a rate that is too high, bisection narrows down where that begins, and what it arrives at counts only if
every one of several longer runs holds it, too (MLPerf Inference rules: a searched rate is verified five times).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, Protocol

from kserve_conformance.bench.subject import Place
from kserve_conformance.load import generator, measure, validity
from kserve_conformance.load.measure import Measurement
from kserve_conformance.load.recorder import Outcome
from kserve_conformance.load.result import Figure, Scenario, Series

PROBES = "probes.json"
FEWEST = 400  # requests of a probe: but for one in a million, so many Poisson arrivals are the 299 that a p99 needs
TOO_LOW = 4  # of `first_rate`: the part of it below which a platform is not asked any more
BACK = 0.8  # of a rate that did not hold in every verification: the next one to verify
STEPS_DOWN = 8  # of them at most
Verdict = Literal["held", "missed", "undecided"]


@dataclass(frozen=True)
class Parameters:
    """`p99` in milliseconds is the bound. The search begins at `first_rate`, ends at `most`, both in requests a second,
    and when the rates that hold and do not are within `resolution`, a share, of each other.

    `seconds` and `warm_up` are of a probe, `verification_seconds` of each of the `verifications`; those of a low rate
    are as long as a p99 needs.
    """

    p99: float = 50.0
    first_rate: float = 100.0
    most: float = 20_000.0
    resolution: float = 0.1
    seconds: float = 3.0
    warm_up: float = 0.5
    verifications: int = 5
    verification_seconds: float = 3.0


@dataclass(frozen=True)
class Probe:
    """One short load; `goodput` is right answers a second within the bound, `p99` in milliseconds, None if endless."""

    rate: float
    verdict: Verdict
    why: str
    goodput: float
    p99: float | None
    verifying: bool = False


class Try(Protocol):
    """One load at a rate."""

    def __call__(self, rate: float, *, verifying: bool = False) -> Probe: ...


def run(place: Place, parameters: Parameters, folder: Path) -> Iterator[Scenario]:
    """After each probe. What was found before the last one is a search that has not ended, and so invalid."""
    probes: list[Probe] = []
    said = parameters

    def probe(rate: float, *, verifying: bool = False) -> Probe:
        number = len(probes) + 1
        seconds = max(said.verification_seconds if verifying else said.seconds, FEWEST / rate)
        plan = place.plan(place.warm, name="knee", rate=rate, seconds=seconds, warm_up=said.warm_up, seed=number)
        load = generator.run(plan, folder / f"probe-{number}")
        within = sum(row.outcome == Outcome.RIGHT and row.latency * 1e3 <= said.p99 for row in load.measured)
        return judged(measure.open_loop(load), rate, said.p99, goodput=within / seconds, verifying=verifying)

    for found in searched(probe, said):
        probes.append(found)
        (folder / PROBES).write_text(json.dumps([asdict(each) for each in probes], indent=1) + "\n", encoding="utf-8")
        yield summary(probes, said)


def judged(found: Measurement, rate: float, bound: float, *, goodput: float, verifying: bool = False) -> Probe:
    """What the platform did too slowly even from the moment of sending, it did too slowly, whoever else was late.

    `bound` in milliseconds.
    """
    tail = found.of(0.99)
    service = next(each for each in found.service_time if each.q == 0.99)
    account = found.account
    wrong = account.failed + account.wrong + account.timed_out
    p99 = None if math.isinf(tail.value) else tail.value * 1e3
    reasons = validity.reasons(found)

    def probe(verdict: Verdict, why: str) -> Probe:
        return Probe(rate, verdict, why, goodput, p99, verifying)

    if wrong:
        return probe("missed", f"{wrong} requests had no right answer")
    if service.enough and service.value * 1e3 > bound:
        return probe("missed", f"p99 {service.value * 1e3:.1f} ms from the moment of sending")
    if not tail.enough:
        return probe("undecided", f"too few requests for a p99 ({tail.samples} of {tail.needed})")
    if reasons:
        return probe("undecided", "; ".join(reasons))
    if p99 is None or p99 > bound:
        return probe("missed", f"p99 {p99:.1f} ms" if p99 is not None else "p99 is endless")
    return probe("held", "")


def searched(probe: Try, said: Parameters) -> Iterator[Probe]:
    """Every probe in its order. A rate that did not hold is asked once more and only then taken as too high: what a
    machine's neighbours do for a moment would end the search far below the knee."""
    low, high = 0.0, math.inf
    rate = min(said.first_rate, said.most)
    while low < said.most and high - low > said.resolution * low and high > said.first_rate / TOO_LOW:
        found = probe(rate)
        yield found
        if found.verdict != "held":
            found = probe(rate)
            yield found
        low, high = (rate, high) if found.verdict == "held" else (low, rate)
        rate = min(2 * low, said.most) if math.isinf(high) else (low + high) / 2
    for _ in range(STEPS_DOWN if low else 0):
        for _ in range(said.verifications):
            found = probe(low, verifying=True)
            yield found
            if found.verdict != "held":
                break
        else:
            return
        low *= BACK


def verified(probes: Sequence[Probe], said: Parameters) -> float | None:
    """The rate that held in all verifications, which are the last probes."""
    last = [each for each in probes[-said.verifications :] if each.verifying and each.verdict == "held"]
    rates = {each.rate for each in last}
    return rates.pop() if len(last) == said.verifications and len(rates) == 1 else None


def summary(probes: Sequence[Probe], said: Parameters) -> Scenario:
    """The knee, the first rate above it, and how much was right in time at every rate that was tried."""
    knee = verified(probes, said)
    above = [each for each in probes if knee is not None and each.rate > knee and each.verdict != "held"]
    wall = min(above, key=lambda each: each.rate, default=None)
    why = _why(probes, knee, wall)
    last = probes[-said.verifications :]
    return Scenario(
        name="knee",
        load=f"p99 at most {said.p99:g} ms and no answer lost: {len(probes)} probes of {said.seconds:g} s, Poisson,"
        f" and {said.verifications} of {said.verification_seconds:g} s to verify",
        figures=(
            Figure("knee", knee, "req/s", note=_note(knee, wall, probes), better="higher"),
            Figure(
                "p99 at the knee",
                max((each.p99 or 0.0 for each in last), default=0.0),
                "ms",
                note="the worst",
                better="lower",
            )
            if knee
            else Figure("p99 at the knee", None, "ms", note="no knee", better="lower"),
            Figure("most goodput", max(each.goodput for each in probes), "req/s", better="higher"),
            Figure("probes", len(probes), ""),
            Figure("undecided probes", sum(each.verdict == "undecided" for each in probes), ""),
        ),
        valid=not why,
        why=why,
        series=(
            Series("goodput by rate", "req/s", _curve([(each.rate, each.goodput) for each in probes])),
            Series("p99 by rate", "ms", _curve([(each.rate, each.p99) for each in probes if each.p99 is not None])),
        ),
    )


def _why(probes: Sequence[Probe], knee: float | None, wall: Probe | None) -> str:
    if knee is None:
        return f"no rate was verified; the last one tried, {probes[-1].rate:.0f}/s: {probes[-1].why or 'held'}"
    if wall is not None and wall.verdict == "undecided":
        return f"what ended the search is not the platform's: at {wall.rate:.0f}/s {wall.why}"
    return ""


def _note(knee: float | None, wall: Probe | None, probes: Sequence[Probe]) -> str:
    if knee is None:
        held = max((each.rate for each in probes if each.verdict == "held"), default=None)
        return "no rate held" if held is None else f"none was verified; {held:.0f}/s held once"
    return f"at {wall.rate:.0f}/s: {wall.why}" if wall is not None else "the highest rate that was asked for"


def _curve(points: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """One point for each rate, the mean of its probes."""
    rates = sorted({rate for rate, _ in points})
    of = {rate: [value for at, value in points if at == rate] for rate in rates}
    return tuple((round(rate, 1), round(sum(values) / len(values), 3)) for rate, values in of.items())
