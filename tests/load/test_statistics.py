"""Against tables that others published or that were worked out independently (exact binomial, by hand)."""

from __future__ import annotations

import math
import random

import pytest

from kserve_conformance.load import statistics


@pytest.mark.parametrize(
    ("q", "confidence", "above", "expected"),
    [
        (0.99, 0.99, 1, 662),  # min_query_count of MLPerf LoadGen's server scenario
        (0.90, 0.99, 1, 64),  # and of its single stream
        (0.50, 0.95, 0, 5),
        (0.90, 0.95, 0, 29),
        (0.95, 0.95, 0, 59),
        (0.99, 0.95, 0, 299),
        (0.99, 0.95, 5, 1049),
        (0.999, 0.95, 0, 2995),
        (0.999, 0.99, 5, 13105),
    ],
)
def test_samples_a_percentile_needs(q: float, confidence: float, above: int, expected: int) -> None:
    assert statistics.needed(q, confidence=confidence, above=above) == expected


@pytest.mark.parametrize(
    ("count", "low", "high"),
    [(500, 0.980, 1.0), (1000, 0.983, 0.997), (5000, 0.9872, 0.9928), (10_000, 0.988, 0.992), (30_000, 0.9889, 0.9911)],
)
def test_rank_interval_of_p99(count: int, low: float, high: float) -> None:
    ranks = statistics.ranks(count, 0.99)
    assert (ranks[0] / count, ranks[1] / count) == pytest.approx((low, high), abs=1e-4)


def test_ten_samples_bound_a_median() -> None:
    """The classic: between the 2nd and the 9th of ten with 97.9 %."""
    assert statistics.ranks(10, 0.5) == (2, 9)


def test_no_sample_bounds_a_high_percentile_of_few() -> None:
    found = statistics.quantile([float(each) for each in range(10)], 0.99)
    assert found.high is None
    assert not found.enough


def test_percentiles_of_nothing_are_infinite() -> None:
    assert math.isinf(statistics.quantile([], 0.5).value)


def test_intervals_cover_what_they_claim() -> None:
    """The p90 of an exponential is ln 10; of 400 intervals at 95 %, fewer than 363 hits have a chance below 1e-4."""
    chance = random.Random(4)
    truth, hits = math.log(10), 0
    for _ in range(400):
        found = statistics.quantile(sorted(chance.expovariate(1) for _ in range(200)), 0.9)
        assert found.low is not None
        assert found.high is not None
        hits += found.low <= truth <= found.high
    assert hits >= 363


def test_dispersion_tells_a_metronome_from_users() -> None:
    chance = random.Random(7)
    users, at = [], 0.0
    while (at := at + chance.expovariate(500)) < 40:
        users.append(at)
    metronome = [each / 500 + 0.0001 for each in range(20_000)]
    assert statistics.dispersion(metronome, start=0, rate=500, seconds=40) == pytest.approx(0, abs=0.01)
    assert 0.9 < statistics.dispersion(users, start=0, rate=500, seconds=40) < 1.1
