"""Runs as `make bench` leaves them, made by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kserve_conformance.load import result
from kserve_conformance.load.result import Figure, Scenario
from kserve_conformance.model import Run, Target, Versions
from kserve_conformance.reporting import record

VERSIONS = Versions("v1.33.4+embedded", "0.20.0", "1.21.1", "1.27.1")
TARGET = Target("embedded", "embedded", "https://127.0.0.1:40000", True)
OPTIONS = {"--target": "embedded", "--stack": "current", "--rate": "100"}
MACHINE = {"model": "sklearn-iris", "cores": "2 (some CPU)", "load average": "0.19"}
STEADY = (1.0, 1.02, 0.99, 1.01, 0.98)  # 1.6 % from one to another


def figure(name: str, typical: float, unit: str = "ms", better: Any = "lower", **fields: Any) -> Figure:
    fields = {"repeats": tuple(typical * each for each in STEADY), **fields}
    return Figure(name, typical, unit, better=better, **fields)


def scenario(name: str, *figures: Figure, **fields: Any) -> Scenario:
    return Scenario(name, "", figures, **fields)


def usual(p50: float = 10, throughput: float = 1000, **fields: Any) -> list[Scenario]:
    return [
        scenario("latency", figure("p50", p50), figure("p95", 20), Figure("sent", 500, ""), **fields),
        scenario("throughput", figure("throughput", throughput, "req/s", "higher")),
    ]


def left(
    folder: Path,
    scenarios: Sequence[Scenario],
    *,
    machine: Mapping[str, Any] = MACHINE,
    versions: Versions = VERSIONS,
    target: Target = TARGET,
    options: Mapping[str, str] = OPTIONS,
) -> Path:
    """The folder, with `bench.json` and `results.json`."""
    run = Run(
        run_id=folder.name,
        started="2026-01-02T03:04:05+00:00",
        seconds=1,
        target=target,
        versions=versions,
        profile="",
        options=options,
        capabilities=(),
        requirements=(),
        results=(),
        verdict="measured",
        exit_code=0,
        command="",
    )
    folder.mkdir(parents=True)
    (folder / "bench.json").write_text(json.dumps(result.document(scenarios, machine, quick=False)))
    (folder / "results.json").write_text(record.to_json(run))
    return folder
