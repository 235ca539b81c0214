"""Sliding windows, worked out by hand from the rules of serving pkg/autoscaler/aggregation."""

from __future__ import annotations

import pytest

from kserve_conformance.embedded.autoscaler.windows import MaxWindow, WeightedWindow, Window


def filled(window: Window, values: dict[float, float]) -> Window:
    for at, value in values.items():
        window.record(value, now=at)
    return window


@pytest.mark.parametrize(
    ("values", "now", "average"),
    [
        ({}, 100.0, 0.0),
        ({100.0: 6.0}, 100.0, 6.0),  # only the part of the window that has data counts
        ({100.0: 6.0, 101.0: 0.0, 102.0: 0.0}, 102.0, 2.0),
        ({100.0: 6.0, 100.4: 3.0}, 100.9, 9.0),  # one second's reports add up
        (dict.fromkeys(range(100, 120), 1.0), 119.0, 1.0),
        ({100.0: 6.0, 104.0: 0.0, 106.0: 0.0}, 106.0, 0.0),  # the first second has left a window of six
        ({100.0: 6.0, 103.0: 2.0}, 103.0, 2.0),  # silent seconds in between count zero
        ({100.0: 6.0, 103.0: 2.0}, 104.0, 2.0),  # those after the last report do not count
        ({100.0: 6.0, 101.0: 6.0, 105.0: 0.0}, 107.0, 0.0),  # 100 and 101 have left
        (dict.fromkeys(range(100, 106), 3.0), 109.0, 3.0),  # two seconds are left of it
        ({100.0: 6.0}, 106.0, 0.0),  # a whole window of silence
        (dict.fromkeys((100, 101, 102), 1 / 3), 102.0, 0.333333),  # six digits
    ],
)
def test_average(values, now, average):
    assert filled(Window(6.0), values).average(now=now) == average


@pytest.mark.parametrize(("now", "empty"), [(100.0, False), (106.9, False), (107.0, True)])
def test_a_window_is_empty_when_more_than_its_length_was_silent(now, empty):
    assert filled(Window(6.0), {100.0: 1.0}).is_empty(now=now) is empty


def test_a_silent_window_starts_anew():
    window = filled(Window(6.0), {100.0: 60.0})
    window.record(2.0, now=200.0)
    assert window.average(now=200.0) == 2.0


def test_a_larger_window_counts_as_if_there_had_been_data_for_the_whole_smaller_one():
    window = filled(Window(6.0), {100.0: 6.0})
    window.resize(12.0)
    assert window.average(now=100.0) == 1.0


def test_a_smaller_window_keeps_the_newest():
    window = filled(Window(12.0), {**dict.fromkeys(range(100, 106), 9.0), **dict.fromkeys(range(106, 112), 3.0)})
    window.resize(6.0)
    assert window.average(now=111.0) == 3.0


def test_weights_fall_with_age():
    """Five seconds make 1 - 0.0001^(1/5) = 0.841511: 0.841511 x (5 + 4 x 0.158489 + 3 x 0.025119 + ...)."""
    window = filled(WeightedWindow(5.0), {100.0 + each: each + 1.0 for each in range(5)})
    assert window.average(now=104.0) == pytest.approx(4.811, abs=0.001)


def test_weights_fall_with_silence():
    window = filled(WeightedWindow(60.0), {100.0: 10.0})
    assert window.average(now=100.0) == pytest.approx(2.0)  # a minute's weights begin at 0.2
    assert window.average(now=102.0) == pytest.approx(10 * 0.2 * 0.8**2)


def test_the_largest_of_a_delay_counts_until_it_is_old():
    window = MaxWindow(10.0)
    wishes = [(0, 3), (4, 1), (8, 2), (10, 1), (12, 1), (20, 1)]
    assert [window.record(value, now=at) for at, value in wishes] == [3, 3, 3, 2, 2, 1]


def test_of_one_interval_the_largest_wish_counts():
    window = MaxWindow(2.0)
    assert [window.record(value, now=at) for at, value in [(0, 4), (0.5, 2), (2, 2)]] == [4, 4, 2]
