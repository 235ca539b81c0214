"""From scenarios to the report: `bench.json` with all numbers, and the run that summary and page are rendered from."""

from __future__ import annotations

import json
import shlex
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from kserve_conformance import reporting
from kserve_conformance.bench.settings import Settings
from kserve_conformance.catalogue import verdict
from kserve_conformance.load import result
from kserve_conformance.load.result import Figure, Scenario, Stage
from kserve_conformance.model import Run, Target, VerdictWord, Versions
from kserve_conformance.platform.opening import Opening

# What a reader wants first are the figures that can get better or worse, and these; the others are in smaller print.
_ALSO = ("fastest", "slowest", "largest stage", "residual")
_VERDICTS: Mapping[int, VerdictWord] = {
    verdict.EXIT_INTERRUPTED: "interrupted",
    verdict.EXIT_INTERNAL: "interrupted",
    verdict.EXIT_UNREACHABLE: "blocked",
}


@dataclass
class Record:
    """Grows with the run and can be written at any moment."""

    settings: Settings
    machine: Mapping[str, str]
    found: Opening | None = None
    _began: float = field(default_factory=time.time)
    _scenarios: dict[str, Scenario] = field(default_factory=dict)

    @property
    def scenarios(self) -> Sequence[Scenario]:
        """In the order of the table, however they took turns."""
        names = [each.name for each in self.settings.planned]
        return tuple(self._scenarios[name] for name in names if name in self._scenarios)

    def of(self, name: str) -> Scenario:
        return self._scenarios[name]

    def keep(self, scenario: Scenario) -> None:
        """Puts it in, or in the place of what it was before, and writes the data: the rest may never come."""
        self._scenarios[scenario.name] = scenario
        self._write_numbers()
        reporting.write_results(self.run(verdict.EXIT_INTERRUPTED, "the run did not finish"), self.settings.folder)

    def exit_code(self) -> int:
        """An SLO that was missed comes first: it is what the run was for. One that was not decided was not met."""
        verdicts = {judgement.verdict for each in self.scenarios for judgement in each.slo}
        if "missed" in verdicts:
            return verdict.EXIT_BROKEN
        decided = "not decided" not in verdicts and all(each.valid for each in self.scenarios)
        return verdict.EXIT_KEPT if decided else verdict.EXIT_INVALID

    def write(self, code: int, *, note: str = "") -> Run:
        """All files of the report."""
        run = self.run(code, note)
        self._write_numbers()
        reporting.write(run, self.settings.folder)
        return run

    def _write_numbers(self) -> None:
        text = json.dumps(
            result.document(self.scenarios, self.machine, quick=self.settings.quick), indent=1, allow_nan=False
        )
        self.settings.folder.mkdir(parents=True, exist_ok=True)
        (self.settings.folder / "bench.json").write_text(text + "\n", encoding="utf-8")

    def run(self, code: int, note: str = "") -> Run:
        settings, found = self.settings, self.found
        server = found.server if found else ""
        rehearsal = found.versions.rehearsal if found else settings.target == "embedded"
        return Run(
            run_id=settings.run_id,
            started=datetime.fromtimestamp(self._began, UTC).isoformat(timespec="seconds"),
            seconds=round(time.time() - self._began, 2),
            target=Target(settings.target, found.context if found else settings.context, server, rehearsal),
            versions=found.versions if found else Versions("", "", "", ""),
            profile="",
            options=settings.shown(),
            capabilities=found.capabilities if found else (),
            requirements=(),
            results=(),
            verdict=_VERDICTS.get(code, "measured"),
            exit_code=code,
            command=shlex.join(["python", *sys.argv]),
            note=note,
            bench=self._bench() if self.scenarios else None,
        )

    def _bench(self) -> Mapping[str, Any]:
        """In the form of reports/README.md."""
        return {
            "valid": all(each.valid for each in self.scenarios),
            "quick": self.settings.quick,
            "validity": {each.name: each.why or "valid" for each in self.scenarios},
            "environment": self.machine,
            "scenarios": [self._plain(each) for each in self.scenarios],
        }

    def _plain(self, scenario: Scenario) -> Mapping[str, Any]:
        return {
            "name": scenario.name,
            "sentence": scenario.sentence,
            "summary": scenario.load,
            "valid": scenario.valid,
            "why": scenario.why,
            "figures": {each.name: each.shown() for each in scenario.figures if headline(each)},
            "details": {each.name: each.shown() for each in scenario.figures if not headline(each)},
            "stages": {each.name: each.seconds for each in scenario.stages if each.seconds is not None},
            "spread": {each.name: spread(each) for each in scenario.stages if each.seconds is not None},
            "series": [asdict(each) for each in scenario.series],
            "slo": [asdict(each) for each in scenario.slo],
        }


def headline(figure: Figure) -> bool:
    return bool(figure.better) or figure.name in _ALSO


def spread(stage: Stage) -> str:
    """The interval of a stage's median in milliseconds, and of how many."""
    if stage.seconds is None:
        return "not seen"
    if stage.low is None or stage.high is None:
        return f"n too small ({stage.samples})"
    return f"[{result.number(stage.low * 1e3)}, {result.number(stage.high * 1e3)}] n {stage.samples}"
