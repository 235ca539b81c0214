"""In which order tests are handed to workers."""

from __future__ import annotations

import itertools

from kserve_conformance.plugin.order import arranged


def order(*, quick: int = 0, slow: int = 0, serial: int = 0, slow_serial: int = 0) -> list[str]:
    numbers = {"q": quick, "s": slow, "a": serial, "as": slow_serial}
    items = [f"{kind}{index:03}" for kind, number in numbers.items() for index in range(number)]
    found = arranged(items, slow=lambda item: "s" in item, serial=lambda item: "a" in item)
    assert sorted(found) == sorted(items)
    return found


def places(found: list[str], kind: str) -> list[int]:
    """Of one kind; its tests stay in their order."""
    mine = [(place, item) for place, item in enumerate(found) if item.rstrip("0123456789") == kind]
    assert [item for _, item in mine] == sorted(item for _, item in mine)
    return [place for place, _ in mine]


def test_slow_ones_are_spread() -> None:
    found = places(order(quick=80, slow=20), "s")
    assert {after - before for before, after in itertools.pairwise(found)} <= {4, 5}


def test_a_slow_one_is_first_and_none_is_among_the_last() -> None:
    found = places(order(quick=80, slow=20), "s")
    assert (found[0], found[-1] < 85) == (0, True)


def test_serial_ones_are_last_and_what_slow_ones_stand_on_is_set_up_before() -> None:
    found = order(quick=80, slow=20, serial=4, slow_serial=2)
    assert places(found, "a") == [102, 103, 104, 105]
    early = places(found, "as")
    assert places(found, "s")[-1] < early[0] < early[1] < places(found, "q")[-1]


def test_few_tests_are_all_there() -> None:
    assert order(serial=2) == ["a000", "a001"]
    assert order() == []


def test_slow_tests_come_first_and_serial_ones_last(project, suite):
    suite(
        '@serial\n@requirement("KC-A-001")\ndef test_one(): ...\n'
        '@requirement("KC-A-002")\ndef test_two(): ...\n'
        '@pytest.mark.slow\n@requirement("KC-A-001")\ndef test_three(): ...\n'
    )
    project.run()
    ran = sorted(project.results["results"], key=lambda each: each["start"])
    assert [each["nodeid"].rpartition("::")[2] for each in ran] == ["test_three", "test_two", "test_one"]
