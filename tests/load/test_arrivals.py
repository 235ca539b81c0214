from __future__ import annotations

import math

import pytest

from kserve_conformance.load import arrivals
from kserve_conformance.load.buckets import three_digits


def test_constant_arrivals_do_not_drift() -> None:
    found = arrivals.offsets("constant", rate=300, seconds=100, seed=1)
    assert len(found) == 30_000
    assert found[29_999] == 29_999 / 300


def test_poisson_arrivals_are_repeatable_and_of_the_rate() -> None:
    found = arrivals.offsets("poisson", rate=200, seconds=100, seed=3)
    assert found == arrivals.offsets("poisson", rate=200, seconds=100, seed=3)
    assert found != arrivals.offsets("poisson", rate=200, seconds=100, seed=4)
    assert len(found) == pytest.approx(20_000, abs=5 * math.sqrt(20_000))
    assert list(found) == sorted(found)
    assert found[-1] < 100


@pytest.mark.parametrize(("rate", "seconds"), [(0, 1), (-1, 1), (1, 0)])
def test_no_schedule_without_rate_or_time(rate: float, seconds: float) -> None:
    with pytest.raises(ValueError, match="above zero"):
        arrivals.offsets("constant", rate=rate, seconds=seconds, seed=1)


@pytest.mark.parametrize(
    ("exact", "kept"), [(0.34949, 0.349), (1.2834, 1.28), (104.9, 105), (1451.3, 1450), (0.0123, 0.0123), (0, 0)]
)
def test_locust_keeps_three_digits(exact: float, kept: float) -> None:
    assert three_digits(exact) == pytest.approx(kept)
