"""From results to one word, and the counts beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kserve_conformance.catalogue.selection import Selection
from kserve_conformance.model import Outcome, Requirement, Share, Tally, TestResult, VerdictWord

EXIT_KEPT = 0
EXIT_BROKEN = 1
EXIT_INTERRUPTED = 2
EXIT_INTERNAL = 3
EXIT_USAGE = 4
EXIT_NOTHING = 5
EXIT_UNREACHABLE = 10
EXIT_INVALID = 11

_WORST_FIRST: tuple[Outcome, ...] = ("failed", "error", "invalid", "skipped", "passed")


def tally(selection: Selection, requirements: Iterable[Requirement], results: Iterable[TestResult]) -> Tally:
    """How many promises of the profile were kept. One that no test ran for is not kept."""
    outcome = _by_requirement(results)
    asked = selection.asked(requirements)

    def share(level: str) -> Share:
        ids = [each.id for each in asked if selection.profile.level(each) == level]
        ids += [each.id for each in asked if selection.profile.level(each) is None and each.level == level]
        found = [outcome.get(name) for name in ids]
        return Share(
            kept=found.count("passed"),
            broken=found.count("failed"),
            skipped=found.count("skipped"),
            unproven=found.count(None) + found.count("error") + found.count("invalid"),
        )

    return Tally(must=share("MUST"), should=share("SHOULD"), may=share("MAY"))


def judge(counts: Tally, results: Iterable[TestResult], *, rehearsal: bool, interrupted: bool = False) -> VerdictWord:
    """An embedded run is `rehearsed` whatever it found: it says nothing about any cluster."""
    if interrupted:
        return "interrupted"
    if rehearsal:
        return "rehearsed"
    if any(each.outcome in ("failed", "error", "invalid") for each in results):
        return "failure"
    if counts.must.skipped or counts.must.unproven or not counts.must.kept:
        return "partial"
    return "conformant"


def exit_code(results: Iterable[TestResult], *, interrupted: bool = False) -> int:
    """Broken promises come first: they are what the run is for."""
    outcomes = {each.outcome for each in results}
    for condition, code in (
        (interrupted, EXIT_INTERRUPTED),
        ("failed" in outcomes, EXIT_BROKEN),
        ("error" in outcomes, EXIT_INTERNAL),
        ("invalid" in outcomes, EXIT_INVALID),
        (not outcomes, EXIT_NOTHING),
    ):
        if condition:
            return code
    return EXIT_KEPT


def _by_requirement(results: Iterable[TestResult]) -> Mapping[str, Outcome]:
    outcome: dict[str, Outcome] = {}
    for result in results:
        for name in result.requirements:
            known = outcome.get(name, "passed")
            outcome[name] = min(known, result.outcome, key=_WORST_FIRST.index)
    return outcome
