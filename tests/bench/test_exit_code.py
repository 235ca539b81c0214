"""What a benchmark's exit code says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kserve_conformance.bench import slo
from kserve_conformance.bench.record import Record
from kserve_conformance.bench.scenarios.latency import Parameters
from kserve_conformance.bench.settings import Settings
from kserve_conformance.bench.slo import Bound
from kserve_conformance.bench.table import Planned
from kserve_conformance.load.result import Figure, Scenario

BOUNDS = {"p99": Bound("<=", 50.0, "ms")}


def record(folder: Path, **scenarios: Scenario) -> Record:
    planned = tuple(Planned(name, "latency", "?", Parameters(), BOUNDS, 1) for name in scenarios)
    settings = Settings("embedded", "", "", "current", planned, "run", folder)
    kept = Record(settings, {})
    for name, each in reversed(scenarios.items()):
        kept.keep(Scenario(name, "", each.figures, valid=each.valid, slo=slo.judged(each, BOUNDS)))
    return kept


def scenario(p99: float | None, *, valid: bool = True) -> Scenario:
    return Scenario("x", "", (Figure("p99", p99, "ms", note="n too small" if p99 is None else ""),), valid=valid)


MET, MISSED, UNKNOWN, INVALID = scenario(10.0), scenario(60.0), scenario(None), scenario(60.0, valid=False)


@pytest.mark.parametrize(
    ("a", "b", "code"),
    [(MET, MET, 0), (MET, MISSED, 1), (MET, UNKNOWN, 11), (MET, INVALID, 11), (INVALID, MISSED, 1)],
)
def test_worst_news_first(tmp_path: Path, a: Scenario, b: Scenario, code: int) -> None:
    assert record(tmp_path, a=a, b=b).exit_code() == code


def test_table_keeps_its_order_and_the_file_its_verdicts(tmp_path: Path) -> None:
    record(tmp_path, a=MET, b=MISSED)
    found = json.loads((tmp_path / "bench.json").read_text())["scenarios"]
    assert [each["name"] for each in found] == ["a", "b"]
    assert [each["slo"][0]["verdict"] for each in found] == ["met", "missed"]
    assert "| SLO missed | p99 " in _summary(record(tmp_path, b=MISSED), tmp_path)


def _summary(kept: Record, folder: Path) -> str:
    kept.write(1)
    return (folder / "summary.md").read_text()
