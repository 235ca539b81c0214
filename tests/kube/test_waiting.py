"""The two steps that look more than once."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain, count, repeat

import pytest

from kserve_conformance.kube.waiting import WAITS, consistently, eventually
from kserve_conformance.model import BrokenPromise


def looks(*values: int) -> Callable[[], int]:
    """One value a look; the last one for ever."""
    return iter(chain(values, repeat(values[-1]))).__next__


def test_eventually_looks_at_once_and_returns_what_it_saw() -> None:
    assert eventually("three", looks(3), until=lambda n: n == 3, within=0) == 3


def test_eventually_says_what_it_saw_and_when() -> None:
    with pytest.raises(
        BrokenPromise, match=r"three within 0\.3 s; observed not after 0\.\d s; 1 \(0\.0 s\) → 2"
    ) as error:
        eventually("three", looks(1, 2), until=lambda n: n == 3, within=0.3)
    assert error.value.expected == "three within 0.3 s"


def test_eventually_stops_when_waiting_is_no_use() -> None:
    with pytest.raises(BrokenPromise):
        eventually("three", count().__next__, until=lambda n: n == 99999, within=60, stop=lambda n: n == 2)


def test_consistently_finds_one_bad_look() -> None:
    with pytest.raises(BrokenPromise, match="no longer after"):
        consistently("one", looks(1, 1, 2), lambda n: n == 1, during=60)


def test_consistently_looks_twice_at_least() -> None:
    with pytest.raises(BrokenPromise):
        consistently("one", looks(1, 2), lambda n: n == 1, during=0)
    consistently("one", looks(1), lambda n: n == 1, during=0)


def test_what_was_waited_for_can_be_asked_for() -> None:
    WAITS.clear()
    eventually("three", looks(1, 3), until=lambda n: n == 3, within=60)
    with pytest.raises(BrokenPromise):
        consistently("one", looks(1, 2), lambda n: n == 1, during=60)
    assert [each.what for each in WAITS] == ["three", "one to stay so"]
    assert all(0.1 <= each.seconds < 60 for each in WAITS)
