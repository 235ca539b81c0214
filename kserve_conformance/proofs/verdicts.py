"""What a run of the suites with one seeded defect, or with one decoy, proves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kserve_conformance.embedded.faults import Decoy, Fault
from kserve_conformance.model import TestResult

Verdict = Literal[
    "caught",
    "left alone",
    "caught by others only",
    "missed",
    "flagged",
    "never fired",
    "blames something else",
    "turns others red",
    "not run",
]

# A fault says where it is hooked in; a report may name the same place in other words.
SAME_PLACE = {
    "ingress": ("ingress", "gateway", "route"),
    "revision": ("revision", "route", "old pods"),
    "controller": ("controller", "reconcil"),
    "model server": ("model server", "runtime", "server"),
    "agent": ("agent", "queue proxy"),
    "node": ("node", "pod"),
    "admission": ("admission", "webhook"),
}


@dataclass(frozen=True)
class Proof:
    """`by` is the test that decided; seconds of the whole run; `fired` counts how often the hook showed the defect."""

    seeded: Fault | Decoy
    verdict: Verdict
    by: str
    seconds: float
    fired: int

    @property
    def good(self) -> bool:
        return self.verdict in ("caught", "left alone")


def judge(fault: Fault, results: Sequence[TestResult], fired: int) -> tuple[Verdict, str]:
    """What became of one fault, and by what; `results` are those of the module that holds the test it names."""
    if fired == 0:
        return "never fired", fault.caught_by
    green = ("passed", "skipped")  # what the platform's version does not promise says nothing
    red = [each.nodeid for each in results if each.outcome not in green and each.nodeid != fault.caught_by]
    named = next((each for each in results if each.nodeid == fault.caught_by), None)
    if named is None:
        return "not run", fault.caught_by
    if named.outcome != "failed":
        return ("caught by others only", red[0]) if red else ("missed", fault.caught_by)
    if not blames(fault, named):
        return "blames something else", _likely(named)
    strangers = [each for each in red if each not in fault.may_also_fail]
    return ("turns others red", strangers[0]) if strangers else ("caught", fault.caught_by)


def blames(fault: Fault, result: TestResult) -> bool:
    """A failure that says what is likely must say the layer the fault is in; saying nothing is no lie."""
    said = _likely(result).lower()
    return not said or any(word in said for word in SAME_PLACE.get(fault.layer, (fault.layer,)))


def _likely(result: TestResult) -> str:
    return result.breach.likely if result.breach is not None else ""


def judge_decoy(decoy: Decoy, results: Sequence[TestResult], fired: int) -> tuple[Verdict, str]:
    """What looks odd and is right must turn nothing red."""
    if fired == 0:
        return "never fired", decoy.tests[0]
    ended = {each.nodeid: each.outcome for each in results}
    for test in decoy.tests:
        if test not in ended:
            return "not run", test
    red = [nodeid for nodeid, outcome in ended.items() if outcome in ("failed", "error")]
    return ("flagged", red[0]) if red else ("left alone", decoy.tests[0])
