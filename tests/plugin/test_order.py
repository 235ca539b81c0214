"""In which order tests are handed to workers."""

from __future__ import annotations

import itertools

import pytest

from kserve_conformance.plugin.order import arranged


def cut(items: list[int], workers: int) -> list[list[int]]:
    """As xdist does it (scheduler/worksteal.py)."""
    runs = []
    for left in range(workers, 0, -1):
        amount = len(items) // left
        runs.append(items[:amount])
        items = items[amount:]
    return runs


def hands(number: int, *, slow: int, serial: int = 0) -> list[list[int]]:
    """The slow tests are those below `slow`; the serial ones are those from 100 on."""
    items = [*range(number), *range(100, 100 + serial)]
    order, others = arranged(items, slow=lambda item: item < slow, serial=lambda item: item >= 100, workers=4)
    assert (sorted(order), others) == (items, number)
    return cut(order, 4)


@pytest.mark.parametrize(("number", "slow"), [(55, 8), (54, 9), (55, 0), (8, 8), (5, 1), (0, 0)])
def test_every_worker_has_as_many_slow_ones(number: int, slow: int) -> None:
    for hand in hands(number, slow=slow):
        assert sum(item < slow for item in hand) in (slow // 4, slow // 4 + 1)


def test_slow_ones_are_spread_and_quick_ones_stay_in_order() -> None:
    for hand in hands(80, slow=20):
        places = [place for place, item in enumerate(hand) if item < 20]
        assert {after - before for before, after in itertools.pairwise(places)} <= {3, 4, 5}
        assert [item for item in hand if item >= 20] == sorted(item for item in hand if item >= 20)


def test_workers_begin_their_slow_ones_at_different_times() -> None:
    first = [next(place for place, item in enumerate(hand) if item < 8) for hand in hands(80, slow=8)]
    assert first == sorted(set(first))


def test_no_slow_one_is_among_the_last() -> None:
    for hand in hands(80, slow=20):
        assert all(item >= 20 for item in hand[-3:])


@pytest.mark.parametrize("number", [55, 48])
def test_serial_tests_are_the_last_of_one_worker(number: int) -> None:
    assert hands(number, slow=8, serial=7)[-1][-7:] == list(range(100, 107))


@pytest.mark.parametrize("number", [9, 2, 0])
def test_few_tests_beside_many_serial_ones_are_all_dealt(number: int) -> None:
    hands(number, slow=1, serial=7)


def test_slow_tests_come_first_and_serial_ones_last(project, suite):
    suite(
        '@serial\n@requirement("KC-A-001")\ndef test_one(): ...\n'
        '@requirement("KC-A-002")\ndef test_two(): ...\n'
        '@pytest.mark.slow\n@requirement("KC-A-001")\ndef test_three(): ...\n'
    )
    project.run()
    ran = sorted(project.results["results"], key=lambda each: each["start"])
    assert [each["nodeid"].rpartition("::")[2] for each in ran] == ["test_three", "test_two", "test_one"]
