"""Several measurements as one: what is added up, what is the worst, and how sure the median is."""

from __future__ import annotations

import math
import random

import pytest

from kserve_conformance.load import repetitions
from kserve_conformance.load.result import NEVER, Figure, Scenario, Series, Stage


def scenario(*figures: Figure, valid: bool = True, why: str = "", **said: object) -> Scenario:
    return Scenario("x", "a load", figures, valid=valid, why=why, **said)  # type: ignore[arg-type]


def p99(value: float | None, note: str = "") -> Figure:
    return Figure("p99", value, "ms", 1.0, 2.0, note=note, better="lower")


def of(*values: float) -> Figure:
    return repetitions.combined([scenario(p99(each)) for each in values], wanted=len(values)).figure("p99")


def test_median_with_students_interval_of_the_logarithms() -> None:
    """Of 1, e, e², e³, e⁴: the logarithms have mean 2 and standard deviation 1.5811, so 2 ± 2.776 * 1.5811 / √5."""
    found = of(*(math.exp(each) for each in (4, 0, 2, 1, 3)))
    assert found.value == pytest.approx(math.exp(2))
    assert found.low == pytest.approx(math.exp(2 - 1.9629), rel=1e-3)
    assert found.high == pytest.approx(math.exp(2 + 1.9629), rel=1e-3)
    assert found.repeats == pytest.approx([math.exp(each) for each in (4, 0, 2, 1, 3)])
    assert found.better == "lower"


def test_from_six_on_the_order_decides() -> None:
    """The lowest and the highest of six lie around the median with 1 - 2 / 2^6 = 96.9 %."""
    found = of(1.0, 2.0, 3.0, 4.0, 5.0, 600.0)
    assert (found.low, found.high) == (1, 600)


def test_intervals_of_five_cover_what_they_claim() -> None:
    """Of 1000 at 95 %, fewer than 920 hits have a chance below 1e-4 (binomial)."""
    chance = random.Random(5)
    hits = 0
    for _ in range(1000):
        found = repetitions.interval([chance.lognormvariate(1, 0.4) for _ in range(5)])
        assert found is not None
        hits += found[0] <= math.e <= found[1]
    assert 920 <= hits <= 980


def test_differences_may_be_below_zero() -> None:
    low, high = repetitions.interval([1.0, 2.0, 3.0], differences=True) or (0.0, 0.0)
    assert (low, high) == pytest.approx((2 - 4.303 / math.sqrt(3), 2 + 4.303 / math.sqrt(3)))


def test_one_lost_request_is_not_the_median_of_none() -> None:
    lost = [Figure("lost", each, "") for each in (0, 0, 1, 0, 0)]
    found = repetitions.combined([scenario(each) for each in lost], wanted=5).figure("lost")
    assert (found.value, found.repeats) == (1, (0, 0, 1, 0, 0))


def test_the_worst_stays_the_worst() -> None:
    found = repetitions.combined([scenario(Figure("max", each, "ms")) for each in (5.0, 90.0, 6.0)], wanted=3)
    assert found.figure("max").value == 90.0


def test_a_figure_that_one_repetition_lacks_is_none() -> None:
    endless = p99(None, f"{NEVER}: too many had no right answer")
    found = repetitions.combined([scenario(each) for each in (p99(None, "n too small"), p99(3.0), endless)], wanted=3)
    assert found.figure("p99").endless
    assert found.figure("p99").note.endswith("so in 2 of 3 repetitions")


def test_valid_only_when_all_are_and_all_are_there() -> None:
    good, bad = scenario(p99(1.0)), scenario(p99(1.0), valid=False, why="it was late")
    assert repetitions.combined([good, good], wanted=2).valid
    found = repetitions.combined([bad, good], wanted=2)
    assert (found.valid, found.why) == (False, "repetition 1: it was late")
    found = repetitions.combined([good], wanted=2)
    assert (found.valid, found.why) == (False, "only 1 of 2 repetitions were measured")


def test_single_measurements_are_left_as_they_are() -> None:
    once = scenario(p99(1.0))
    assert repetitions.combined([once], wanted=1) is once


def test_curves_follow_each_other_and_stages_have_their_median() -> None:
    curve = Series("latency", "ms", ((0, 5.0), (1, 6.0)))
    parts = [
        scenario(series=(curve,), stages=(Stage("decide", seconds, None, None, 1),)) for seconds in (0.1, 0.3, 0.2)
    ]
    found = repetitions.combined(parts, wanted=3)
    assert found.series[0].points == ((0, 5.0), (1, 6.0), (2, 5.0), (3, 6.0), (4, 5.0), (5, 6.0))
    assert found.stages[0].seconds == 0.2
