"""Bounds as people write them, and what becomes of a figure beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from kserve_conformance.bench import slo
from kserve_conformance.catalogue.reading import CatalogueError
from kserve_conformance.load.result import NEVER, Figure, Judgement, Scenario


def judge(figure: Figure, bound: str, *, valid: bool = True) -> Judgement:
    scenario = Scenario("latency", "", (figure,), valid=valid)
    return slo.judged(scenario, {figure.name: slo.bound(bound, "")})[0]


@pytest.mark.parametrize(
    ("value", "bound", "verdict"),
    [
        (50.0, "<= 50 ms", "met"),
        (50.1, "<= 50 ms", "missed"),
        (100.0, ">= 100 ms", "met"),
        (99.9, ">= 100 ms", "missed"),
        (50.0, "<=50 ms", "met"),
        (1.0, "<= 1 s", "not decided"),
    ],
)
def test_bounds(value: float, bound: str, verdict: str) -> None:
    assert judge(Figure("p99", value, "ms"), bound).verdict == verdict


def test_missed_says_by_how_much() -> None:
    assert judge(Figure("p99", 75.0, "ms"), "<= 50 ms").said == "75.0 ms, missed by 25.0 ms (50%)"
    assert judge(Figure("lost", 2, ""), "<= 0").said == "2, missed by 2.00"


def test_what_was_not_measured_was_not_met() -> None:
    assert judge(Figure("p99", None, "ms", note="n too small"), "<= 50 ms").verdict == "not decided"
    assert judge(Figure("p99", 1.0, "ms"), "<= 50 ms", valid=False).verdict == "not decided"
    found = slo.judged(Scenario("latency", "", ()), {"p98": slo.bound("<= 1 ms", "")})
    assert found[0].said == "latency has no figure of that name"


def test_endless_is_missed_and_not_unknown() -> None:
    assert judge(Figure("p99", None, "ms", note=f"{NEVER}: answers were lost"), "<= 50 ms").verdict == "missed"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("- p99", "expected scenarios"),
        ("latency: 5", "expected figures"),
        ('latency: {p99: "50 ms"}', "is no bound; write one like"),
    ],
)
def test_slips_are_told(tmp_path: Path, content: str, why: str) -> None:
    (tmp_path / "x.yaml").write_text(content)
    with pytest.raises(CatalogueError, match=why):
        slo.load(tmp_path / "x.yaml")
