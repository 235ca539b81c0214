"""From what pytest reports of a test, in up to three phases and maybe from another process, to one result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import pytest

from kserve_conformance.model import Breach, Outcome, Skip, TestResult

ATTRIBUTE = "kserve_conformance"
_FIELDS = ("promise", "expected", "observed", "likely", "evidence", "next", "curl")


@dataclass
class Notes:
    """What a worker writes down about one test; travels with its reports."""

    requirements: tuple[str, ...] = ()
    promise: str = ""
    skip: Skip | None = None
    breach: Breach | None = None
    broken: bool = False
    invalid: bool = False
    figures: dict[str, float] = field(default_factory=dict)
    waited: str = ""
    queued: float = 0.0  # seconds in which other tests were let finish

    def attach(self, report: pytest.TestReport) -> None:
        plain = asdict(self)
        plain["requirements"] = list(self.requirements)
        setattr(report, ATTRIBUTE, plain)


def breach_of(error: BaseException, promise: str) -> Breach:
    """Whatever was raised, in the words of a broken promise; the engine's own errors bring them along."""
    said = {name: str(getattr(error, name, "") or "") for name in _FIELDS}
    if not said["observed"]:
        first = (str(error).strip() or "no message").splitlines()[0]
        said["observed"] = first if isinstance(error, AssertionError) else f"{type(error).__name__}: {first}"
    return Breach(**{**said, "promise": said["promise"] or promise})


@dataclass
class Gathering:
    """Reports of the phases of one test, until it is complete."""

    began: float
    reports: list[pytest.TestReport] = field(default_factory=list)

    def add(self, report: pytest.TestReport) -> TestResult | None:
        """The result, once the last phase is in."""
        self.reports.append(report)
        return self._result() if report.when not in ("setup", "call") else None

    def _result(self) -> TestResult:
        last = self.reports[-1]
        notes: Mapping[str, Any] = getattr(last, ATTRIBUTE, {})
        starts = [report.start for report in self.reports if report.start]
        return TestResult(
            nodeid=last.nodeid,
            requirements=tuple(notes.get("requirements", ())),
            promise=notes.get("promise", ""),
            outcome=_outcome(self.reports, notes),
            seconds=round(sum(report.duration for report in self.reports) - notes.get("queued", 0.0), 3),
            start=round(max(0.0, min(starts) - self.began), 3) if starts else 0.0,
            worker=getattr(last, "worker_id", "main"),
            skip=Skip(**notes["skip"]) if notes.get("skip") else _plain_skip(self.reports),
            breach=Breach(**notes["breach"]) if notes.get("breach") else _bare_breach(self.reports),
            details="\n".join(report.longreprtext for report in self.reports if report.failed),
            figures=notes.get("figures", {}),
            waited=notes.get("waited", ""),
        )


def _outcome(reports: Sequence[pytest.TestReport], notes: Mapping[str, Any]) -> Outcome:
    """A promise is broken when an expectation failed; any other exception is the suite's own error."""
    if any(report.failed for report in reports):
        if notes.get("invalid"):
            return "invalid"
        return "failed" if notes.get("broken") else "error"
    return "skipped" if any(report.skipped for report in reports) else "passed"


def _plain_skip(reports: Sequence[pytest.TestReport]) -> Skip | None:
    for report in reports:
        if report.skipped:
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
            return Skip("NotApplicable", reason.removeprefix("Skipped: "))
    return None


def _bare_breach(reports: Sequence[pytest.TestReport]) -> Breach | None:
    """Of a worker process that died: nobody was left to write anything down."""
    for report in reports:
        if report.failed:
            return Breach("", "", report.longreprtext.strip().splitlines()[-1] if report.longreprtext else "it died")
    return None
