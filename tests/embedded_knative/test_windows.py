"""Sliding windows, worked out by hand from the rules of serving pkg/autoscaler/aggregation."""

from __future__ import annotations

import pytest

from kserve_conformance.embedded.autoscaler.windows import MaxWindow, Window


def filled(length: float, values: dict[float, float]) -> Window:
    window = Window(length)
    for at, value in values.items():
        window.record(value, now=at)
    return window


@pytest.mark.parametrize(
    ("values", "now", "average"),
    [
        ({}, 100.0, None),  # nothing recorded, nothing to decide on
        ({100.0: 6.0}, 100.0, 6.0),  # only the part of the window that has data counts
        ({100.0: 6.0, 101.0: 0.0, 102.0: 0.0}, 102.0, 2.0),
        ({100.0: 6.0, 100.4: 3.0}, 100.9, 9.0),  # one second's reports add up
        (dict.fromkeys(range(100, 120), 1.0), 119.0, 1.0),
        ({100.0: 6.0, 104.0: 0.0, 106.0: 0.0}, 106.0, 0.0),  # the first second has left a window of six
        ({100.0: 6.0}, 110.0, None),  # no data within the window
    ],
)
def test_average(values, now, average):
    assert filled(6.0, values).average(now=now) == average


def test_a_silent_window_starts_anew():
    window = filled(6.0, {100.0: 60.0})
    window.record(2.0, now=200.0)
    assert window.average(now=200.0) == 2.0


def test_the_largest_of_a_delay_counts_until_it_is_old():
    window = MaxWindow(10.0)
    assert [window.record(value, now=at) for at, value in [(0, 3), (5, 1), (9, 2), (10.5, 1), (20, 1)]] == [
        3,
        3,
        3,
        2,
        1,
    ]
