"""Requests of any size, and their right answers."""

from __future__ import annotations

import json
from pathlib import Path

from kserve_conformance.bench.scenarios import payload
from kserve_conformance.bench.subject import Subject
from kserve_conformance.load.answers import Check
from kserve_conformance.load.generator import Health, Load
from kserve_conformance.load.plan import Plan
from kserve_conformance.load.recorder import Outcome, Row

IRIS = Subject.iris(Path(__file__).parents[2])


def test_rows_and_answers_go_together() -> None:
    """Four rows of which the golden answers are 1, 1, 0, 2, over and over again."""
    body, expected = payload.v1(IRIS, 6)
    instances = json.loads(body)["instances"]
    assert instances[4:] == instances[:2]
    assert expected == {"predictions": [1, 1, 0, 2, 1, 1]}
    body, expected = payload.v2(IRIS, 6)
    assert json.loads(body)["inputs"][0]["shape"] == [6, 4]
    assert json.loads(body)["inputs"][0]["data"] == instances
    assert expected == {"outputs": [{"shape": [6], "data": [1, 1, 0, 2, 1, 1]}]}


def test_golden_answer_of_four_rows_is_right() -> None:
    golden = (Path(__file__).parents[2] / "fixtures/golden/iris_v2.json").read_bytes()
    assert Check(payload.v2(IRIS, 4)[1])(200, golden)
    assert not Check(payload.v2(IRIS, 5)[1])(200, golden)


def load(took: float) -> Load:
    rows = tuple(Row(n / 20, n / 20, 0.0, n / 20 + took, 200, Outcome.RIGHT, n) for n in range(40))
    plan = Plan("x", "", 0, "/", "", "", arrivals="constant", seconds=2, rate=20)
    return Load(plan, rows, Health(0, 2, 0.1, 0, 0, 1, ""))


def test_what_v2_adds_is_told_apart_by_size() -> None:
    said = payload.Parameters(rows=(1, 16))
    times = {"V1 1 row": 0.002, "V2 1 row": 0.003, "V1 16 rows": 0.004, "V2 16 rows": 0.009}
    scenario = payload.summary([{name: load(took) for name, took in times.items()}] * said.rounds, said)
    assert scenario.valid, scenario.why
    assert abs((scenario.figure("V2 adds with 1").value or 0) - 1) < 1e-6
    assert abs((scenario.figure("V2 adds with 16").value or 0) - 5) < 1e-6
    assert scenario.series[1].points == ((1.0, 3.0), (16.0, 9.0))
