"""`results.json` holds all there is, in a form that is written down."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kserve_conformance import reporting
from kserve_conformance.model import Run
from kserve_conformance.reporting import record, schema

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("kind", ["rehearsed", "broken", "blocked"])
def test_nothing_is_lost(kind: str, request: pytest.FixtureRequest) -> None:
    run: Run = request.getfixturevalue(kind)
    assert record.of_json(record.to_json(run)) == run


def test_other_schema_is_refused(rehearsed: Run) -> None:
    text = record.to_json(rehearsed).replace(record.SCHEMA, "kserve-conformance/results/0")
    with pytest.raises(record.UnknownSchemaError, match="results/0"):
        record.of_json(text)


def test_schema_file_is_the_models() -> None:
    """To write it again: print what `schema.render()` returns into that file."""
    assert (ROOT / "reports/schema/results.schema.json").read_text() == schema.render()


def test_fields_written_are_fields_described(broken: Run) -> None:
    described = json.loads(schema.render())
    written = json.loads(record.to_json(broken))
    assert set(written) == set(described["properties"])
    assert set(written["results"][1]["breach"]) == set(described["$defs"]["Breach"]["properties"])


def test_all_files_are_written(rehearsed: Run, tmp_path: Path) -> None:
    reporting.write(rehearsed, tmp_path / "runs/x")
    names = {"results.json", "junit.xml", "summary.md", "index.html"}
    assert {path.name for path in (tmp_path / "runs/x").iterdir()} == names
