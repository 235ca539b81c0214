"""`results.json`: the run as data, with a version of its own; `reports/schema/results.schema.json` describes it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from kserve_conformance.model import (
    Breach,
    Capability,
    Requirement,
    Run,
    Share,
    Skip,
    Tally,
    Target,
    TestResult,
    Versions,
)

SCHEMA = "kserve-conformance/results/1"


class UnknownSchemaError(ValueError):
    """The file was written by another version of this project."""


def to_json(run: Run) -> str:
    return json.dumps({"schema": SCHEMA, **asdict(run)}, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def of_json(text: str) -> Run:
    plain: dict[str, Any] = json.loads(text)
    schema = plain.pop("schema", None)
    if schema != SCHEMA:
        raise UnknownSchemaError(f"schema {schema!r} is not {SCHEMA!r}")
    plain["target"] = Target(**plain["target"])
    plain["versions"] = Versions(**plain["versions"])
    plain["capabilities"] = tuple(Capability(**each) for each in plain["capabilities"])
    plain["requirements"] = tuple(_requirement(each) for each in plain["requirements"])
    plain["results"] = tuple(_result(each) for each in plain["results"])
    plain["tally"] = Tally(**{level: Share(**share) for level, share in plain["tally"].items()})
    return Run(**plain)


def _requirement(plain: dict[str, Any]) -> Requirement:
    return Requirement(**{**plain, "source": tuple(plain["source"])})


def _result(plain: dict[str, Any]) -> TestResult:
    return TestResult(
        **{
            **plain,
            "requirements": tuple(plain["requirements"]),
            "skip": Skip(**plain["skip"]) if plain["skip"] else None,
            "breach": Breach(**plain["breach"]) if plain["breach"] else None,
        }
    )
