"""In which order tests are handed to workers."""

from __future__ import annotations

import pytest

from kserve_conformance.plugin.worker import dealt


def cut(items: list[int], workers: int) -> list[list[int]]:
    """As xdist does it (scheduler/worksteal.py)."""
    runs = []
    for left in range(workers, 0, -1):
        amount = len(items) // left
        runs.append(items[:amount])
        items = items[amount:]
    return runs


@pytest.mark.parametrize("number", [55, 54, 8, 5])
def test_every_worker_begins_with_one_of_the_first(number: int) -> None:
    runs = cut(dealt(list(range(number)), 0, 4), 4)  # type: ignore[type-var]
    assert sorted(run[0] for run in runs) == [0, 1, 2, 3]
    assert all(run == sorted(run) for run in runs)
    assert sorted(item for run in runs for item in run) == list(range(number))


@pytest.mark.parametrize("number", [55, 48])
def test_serial_tests_are_the_last_of_one_worker(number: int) -> None:
    others, serial = list(range(number)), list(range(100, 107))
    runs = cut([*dealt(others, len(serial), 4), *serial], 4)  # type: ignore[type-var]
    assert sorted(run[0] for run in runs) == [0, 1, 2, 3]
    assert runs[-1][-7:] == serial


@pytest.mark.parametrize("number", [9, 2, 0])
def test_few_tests_beside_many_serial_ones_are_all_dealt(number: int) -> None:
    assert sorted(dealt(list(range(number)), 7, 4)) == list(range(number))  # type: ignore[type-var]


def test_slow_tests_come_first_and_serial_ones_last(project, suite):
    suite(
        '@serial\n@requirement("KC-A-001")\ndef test_one(): ...\n'
        '@requirement("KC-A-002")\ndef test_two(): ...\n'
        '@pytest.mark.slow\n@requirement("KC-A-001")\ndef test_three(): ...\n'
    )
    project.run()
    ran = sorted(project.results["results"], key=lambda each: each["start"])
    assert [each["nodeid"].rpartition("::")[2] for each in ran] == ["test_three", "test_two", "test_one"]
