"""`bench.json` is read as it was written, by this version and by later ones; anything else is a clear error."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kserve_conformance.load import result
from kserve_conformance.load.result import Figure, Judgement, Scenario, Series, Stage, UnreadableError

SCENARIO = Scenario(
    "latency",
    "100/s open",
    (
        Figure("p50", 2.5, "ms", 2.4, 2.6, repeats=(2.4, 2.5, 2.6), better="lower"),
        Figure("p99", None, "ms", note="n too small"),
        Figure("lost", 0, ""),
    ),
    (Stage("decide", 0.1, None, None, 2),),
    valid=False,
    why="late",
    series=(Series("p50 of each second", "ms", ((0, 2.5), (1, 2.4))),),
    parameters={"rate": 100},
    slo=(Judgement("p50", "<= 2 ms", "missed", "by 25 %"),),
)


def written(**changes: Any) -> Any:
    return {**json.loads(json.dumps(result.document([SCENARIO], {"cores": "2"}, quick=False))), **changes}


def test_is_read_as_it_was_written() -> None:
    assert result.of_document(written()) == ((SCENARIO,), {"cores": "2"})


def test_what_a_later_version_adds_is_left_out() -> None:
    later = written(coloured=True)
    later["scenarios"][0]["mood"] = later["scenarios"][0]["figures"][0]["colour"] = "new"
    assert result.of_document(later) == ((SCENARIO,), {"cores": "2"})


def test_what_an_earlier_version_lacks_has_its_default() -> None:
    earlier = written()
    for field in ("repeats", "better"):
        del earlier["scenarios"][0]["figures"][0][field]
    scenarios, _ = result.of_document(earlier)
    assert scenarios[0].figure("p50") == Figure("p50", 2.5, "ms", 2.4, 2.6)


@pytest.mark.parametrize("plain", [written(schema="kserve-conformance/bench/2"), {}, [], None])
def test_another_schema(plain: Any) -> None:
    with pytest.raises(UnreadableError, match="only 'kserve-conformance/bench/1' can be read"):
        result.of_document(plain)


@pytest.mark.parametrize(
    "plain",
    [
        {"schema": result.SCHEMA},
        written(scenarios=7),
        written(scenarios=["latency"]),
        written(scenarios=[{"name": "latency"}]),
        written(scenarios=[{"name": "latency", "load": "", "figures": [{"name": "p50", "unit": "ms"}]}]),
        written(scenarios=[{"name": "latency", "load": "", "figures": [{"name": "p", "unit": "", "value": "fast"}]}]),
        written(
            scenarios=[
                {"name": "l", "load": "", "figures": [{"name": "p", "unit": "", "value": 1, "repeats": [float("nan")]}]}
            ]
        ),
        written(environment=None),
    ],
)
def test_another_form(plain: Any) -> None:
    with pytest.raises(UnreadableError, match="not of the form"):
        result.of_document(plain)
