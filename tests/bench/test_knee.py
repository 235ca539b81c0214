"""The search for a knee whose place is known."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from kserve_conformance.bench.scenarios import knee
from kserve_conformance.bench.scenarios.knee import Parameters, Probe, Verdict
from kserve_conformance.load import statistics
from kserve_conformance.load.generator import Health
from kserve_conformance.load.measure import Account, Measurement

SAID = Parameters(first_rate=100, resolution=0.1, most=20_000)


def search(verdict: Callable[[float], Verdict], said: Parameters = SAID) -> list[Probe]:
    def probe(rate: float, *, verifying: bool = False) -> Probe:
        return Probe(rate, verdict(rate), "", goodput=rate, p99=1.0, verifying=verifying)

    return list(knee.searched(probe, said))


@pytest.mark.parametrize("truth", [30.0, 100.0, 777.0, 5432.0])
def test_known_knee_is_found_and_verified(truth: float) -> None:
    probes = search(lambda rate: "held" if rate <= truth else "missed")
    found = knee.verified(probes, SAID)
    assert found is not None
    assert truth / (1 + SAID.resolution) <= found <= truth
    assert [each.verifying for each in probes[-5:]] == [True] * 5
    assert knee.summary(probes, SAID).valid


def test_what_holds_only_once_is_not_the_knee() -> None:
    """800 holds in the search and never again; the next rate that is verified, 640, holds every time."""
    asked: list[float] = []

    def verdict(rate: float) -> Verdict:
        asked.append(rate)
        return "held" if rate <= 640 or (rate == 800 and asked.count(800) == 1) else "missed"

    probes = search(verdict)
    assert knee.verified(probes, SAID) == pytest.approx(640)


def test_a_moments_trouble_does_not_end_the_search() -> None:
    """The first probe of each rate misses."""
    asked: set[float] = set()

    def verdict(rate: float) -> Verdict:
        first = rate not in asked
        asked.add(rate)
        return "missed" if first or rate > 777 else "held"

    found = knee.verified(search(verdict), SAID)
    assert found is not None
    assert 700 < found <= 777


def test_nothing_holds() -> None:
    probes = search(lambda _: "missed")
    assert knee.verified(probes, SAID) is None
    scenario = knee.summary(probes, SAID)
    assert not scenario.valid
    assert scenario.figure("knee").value is None
    assert len(probes) < 10


def test_a_knee_that_the_generator_set_is_no_result() -> None:
    """From 1000/s on nothing can be decided."""
    probes = search(lambda rate: "held" if rate < 1000 else "undecided")
    scenario = knee.summary(probes, SAID)
    assert not scenario.valid
    assert "is not the platform's" in scenario.why


def test_the_highest_rate_that_may_be_asked_for() -> None:
    said = Parameters(first_rate=100, most=1000)
    probes = search(lambda _: "held", said)
    assert knee.verified(probes, said) == 1000
    assert knee.summary(probes, said).figure("knee").note == "the highest rate that was asked for"


def test_goodput_is_a_curve_over_rates() -> None:
    scenario = knee.summary(search(lambda rate: "held" if rate <= 300 else "missed"), SAID)
    assert scenario.series[0].points[0] == (100, 100)
    assert list(scenario.series[0].points) == sorted(scenario.series[0].points)


def measured(*, latency: float, service: float, failed: int = 0, samples: int = 600, lag: float = 0.0) -> Measurement:
    """All requests took as long; seconds."""

    def all_of(value: float) -> tuple[statistics.Quantile, ...]:
        return tuple(statistics.quantile([value] * samples, q) for q in (0.5, 0.99))

    return Measurement(
        account=Account(samples, samples - failed, 0, failed, 0, 0),
        seconds=3.0,
        rate=samples / 3,
        on_time=1.0,
        latency=all_of(latency),
        service_time=all_of(service),
        lag=all_of(lag),
        longest=latency,
        longest_lag=lag,
        dispersion=1.0,
        warm_up=0,
        health=Health(0.0, 3.0, 0.1, 0.0, 0.0, 1, ""),
    )


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (measured(latency=0.049, service=0.049), "held"),
        (measured(latency=0.051, service=0.051), "missed"),
        (measured(latency=0.010, service=0.010, failed=1), "missed"),
        (measured(latency=0.010, service=0.010, samples=200), "undecided"),
        (measured(latency=0.060, service=0.010, lag=0.050), "undecided"),  # late, and so was the generator
        (measured(latency=0.110, service=0.060, lag=0.050), "missed"),  # late whatever the generator did
    ],
)
def test_verdict_of_one_probe(found: Measurement, verdict: str) -> None:
    assert knee.judged(found, 200, 50.0, goodput=0.0).verdict == verdict
    assert not math.isnan(found.rate)
