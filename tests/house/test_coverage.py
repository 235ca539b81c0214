"""Every known behaviour has its verdict, and every promise stems from one or says from where else."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from itertools import groupby
from pathlib import Path

import pytest

from kserve_conformance.catalogue import coverage, requirements
from kserve_conformance.catalogue.coverage import Behaviour, Coverage

ROOT = Path(__file__).parents[2]
PROMISED = requirements.load(ROOT / "manifests/requirements")
KNOWN = coverage.load(ROOT / "manifests/coverage.yaml")
PROMISE = re.compile(r"KC-[A-Z0-9]+-\d{3}")


def slips(known: Coverage, promised: Collection[str]) -> list[str]:
    """What the two lists say of each other and is not so."""
    stems = {name for each in known.behaviours for name in each.promises}
    told = {name for each in known.behaviours for name in PROMISE.findall(each.words)}
    return [
        *(f"{name} is no promise" for name in sorted((stems | told | {*known.beyond}) - {*promised})),
        *(f"{name} stems from nothing" for name in sorted({*promised} - stems - {*known.beyond})),
        *(f"{name} stems from a behaviour, and is beyond all" for name in sorted(stems & {*known.beyond})),
    ]


def test_behaviours_and_promises_fit() -> None:
    assert slips(KNOWN, PROMISED) == []


def test_no_behaviour_is_left_out() -> None:
    """The ids of an area run on; a gap is a behaviour that somebody dropped."""
    for area, behaviours in groupby(KNOWN.behaviours, key=lambda each: each.area):
        ids = [each.id for each in behaviours]
        assert ids == [f"{area}-{number:02}" for number in range(1, len(ids) + 1)]


@pytest.mark.parametrize(
    ("promises", "words", "beyond", "said"),
    [
        (("KC-A-001",), "", {"KC-B-001": "a text"}, []),
        (("KC-A-001", "KC-C-001"), "", {"KC-B-001": "a text"}, ["KC-C-001 is no promise"]),
        (("KC-A-001",), "as KC-C-001 tells", {"KC-B-001": "a text"}, ["KC-C-001 is no promise"]),
        (("KC-A-001",), "", {"KC-B-001": "a text", "KC-C-001": "a text"}, ["KC-C-001 is no promise"]),
        (("KC-A-001",), "", {}, ["KC-B-001 stems from nothing"]),
        (
            ("KC-A-001", "KC-B-001"),
            "",
            {"KC-B-001": "a text"},
            ["KC-B-001 stems from a behaviour, and is beyond all"],
        ),
    ],
)
def test_slip_is_found(promises: tuple[str, ...], words: str, beyond: Mapping[str, str], said: list[str]) -> None:
    one = Behaviour("A-01", "It holds", "verified_by", promises, words)
    assert slips(Coverage((one,), beyond), ("KC-A-001", "KC-B-001")) == said
