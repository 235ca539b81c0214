"""What the intervals of a comparison claim, by simulation with fixed seeds, and against SciPy's own Welch test."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import pytest
from scipy import stats

from kserve_conformance.bench.comparing.effect import FEWEST, effect

FIGURES, TABLES = 12, 1000
Noise = Callable[[random.Random], float]


def normal(chance: random.Random) -> float:
    return chance.gauss(1, 0.02)


def lognormal(chance: random.Random) -> float:
    return chance.lognormvariate(0, 0.3)


def one_outlier_in_ten(chance: random.Random) -> float:
    return chance.gauss(1, 0.02) * (1.5 if chance.random() < 0.1 else 1)


def one_of_two_modes(chance: random.Random) -> float:
    return chance.gauss(1, 0.02) * chance.choice([1, 1.3])


def around_zero(chance: random.Random) -> float:
    return chance.gauss(0, 1)


def repeated(noise: Noise, chance: random.Random, count: int = FEWEST) -> list[float]:
    return [noise(chance) for _ in range(count)]


def called_different(noise: Noise, count: int) -> float:
    """The share of tables in which any of twelve equal figures is called different, either way."""
    chance = random.Random(count)
    called = 0
    for _ in range(TABLES):
        pairs = [(repeated(noise, chance, count), repeated(noise, chance, count)) for _ in range(FIGURES)]
        called += any(effect(base, head, figures=FIGURES).shown for base, head in pairs)
    return called / TABLES


@pytest.mark.parametrize("noise", [normal, lognormal, one_outlier_in_ten, one_of_two_modes, around_zero])
def test_equal_runs_are_called_different_in_less_than_5_percent_of_tables(noise: Noise) -> None:
    assert called_different(noise, FEWEST) < 0.05


def test_with_fewer_repetitions_two_modes_pass_for_a_difference() -> None:
    assert called_different(one_of_two_modes, FEWEST - 1) > 0.05


@pytest.mark.parametrize("change", [1.1, 1 / 1.1])
def test_ten_percent_in_noise_of_two_is_found_19_times_in_20(change: float) -> None:
    chance = random.Random(3)
    found = 0
    for _ in range(TABLES):
        head = [change * each for each in repeated(normal, chance)]
        found += effect(repeated(normal, chance), head, figures=FIGURES).shown
    assert found >= 0.95 * TABLES


def test_what_is_detectable_is_detected_19_times_in_20() -> None:
    """What a comparison announces differs with its noise; squares of standard errors are right on average."""
    chance = random.Random(4)
    pairs = [(repeated(normal, chance), repeated(normal, chance)) for _ in range(TABLES)]
    announced = [math.log1p(effect(*pair, figures=FIGURES).detectable or 0) for pair in pairs]
    shift = math.exp(math.sqrt(sum(each**2 for each in announced) / TABLES))
    shifted = [(base, [shift * each for each in head]) for base, head in pairs]
    found = sum(effect(*pair, figures=FIGURES).shown for pair in shifted) / TABLES
    assert found == pytest.approx(0.95, abs=0.03)


@pytest.mark.parametrize("figures", [1, 12])
def test_intervals_are_those_of_scipy(figures: int) -> None:
    chance = random.Random(5)
    for count in (5, 7):
        base, head = repeated(lognormal, chance, 5), repeated(lognormal, chance, count)
        logs = [[math.log(each) for each in values] for values in (head, base)]
        expected = stats.ttest_ind(*logs, equal_var=False).confidence_interval(1 - 0.05 / figures)
        found = effect(base, head, figures=figures)
        assert found.relative is not None
        assert found.relative.low == pytest.approx(math.exp(expected.low) - 1)
        assert found.relative.high == pytest.approx(math.exp(expected.high) - 1)
        assert found.absolute.high == pytest.approx(found.relative.high * found.base)
        signed = [[each - 1 for each in values] for values in (head, base)]
        expected = stats.ttest_ind(*signed, equal_var=False).confidence_interval(1 - 0.05 / figures)
        found = effect(signed[1], signed[0], figures=figures)
        assert (found.absolute.low, found.absolute.high) == pytest.approx((expected.low, expected.high))
        assert found.relative is None


def test_what_never_varies() -> None:
    same = effect([3, 3, 3, 3, 3], [3, 3, 3, 3, 3], figures=1)
    assert (same.shown, same.detectable, same.base, same.head) == (False, None, pytest.approx(3), pytest.approx(3))
    assert effect([0, 0, 0, 0, 0], [0, 0, 0, 0, 0], figures=1).shown is False
    assert effect([0, 0, 0, 0, 0], [1, 1, 1, 1, 1], figures=1).absolute.value == 1
    assert effect([0, 0, 0, 0, 0], [1, 1, 1, 1, 1], figures=1).shown


def test_direction_and_size() -> None:
    found = effect([100, 101, 99, 100, 100], [110, 111, 109, 110, 110], figures=1)
    assert found.relative is not None
    assert found.relative.value == pytest.approx(0.1, abs=1e-3)
    assert found.absolute.value == pytest.approx(10, abs=0.01)
    assert found.absolute.low < found.absolute.value < found.absolute.high
