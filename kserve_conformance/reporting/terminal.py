"""What the terminal says before, between and after the tests. Lines with a tone; whoever prints them adds colour."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from kserve_conformance.model import Breach, Run, TestResult
from kserve_conformance.reporting import words

Tone = Literal["plain", "quiet", "strong", "good", "bad", "warn"]

WIDTH = 116
FAILURE_LINES = 12
_MARKS = {"passed": "■", "failed": "✕", "error": "!", "invalid": "?", "skipped": "○"}
_ASCII = str.maketrans({"■": "#", "✕": "x", "○": "-", "·": "|", "…": "...", "→": ">", "≥": ">=", "≤": "<="})


@dataclass(frozen=True)
class Line:
    text: str = ""
    tone: Tone = "plain"

    def on(self, encoding: str | None) -> str:
        """The text as a terminal of that encoding can show it."""
        try:
            "■✕·".encode(encoding or "ascii")
        except (UnicodeEncodeError, LookupError):
            return self.ascii
        return self.text

    @property
    def ascii(self) -> str:
        """For terminals that know nothing else."""
        return self.text.translate(_ASCII).encode("ascii", "replace").decode()


def title(run: Run, version: str) -> list[Line]:
    """Printed at once, before there is a platform."""
    return [*name(run, version), target(run)]


def name(run: Run, version: str) -> list[Line]:
    return [Line(), Line(f" kserve-conformance {version}   run {run.run_id} · {words.started(run)}", "strong")]


def target(run: Run) -> Line:
    return Line(row("target", words.target(run.target)), "warn" if run.target.rehearsal else "strong")


def header(run: Run, folder: str) -> list[Line]:
    """Once the platform answers: what it is, and what it is measured against."""
    versions = " · ".join(f"{name} {version}" for name, version in words.versions(run).items())
    must, should = run.tally.must.asked, run.tally.should.asked
    unasked = run.target.rehearsal and run.target.kind != "embedded"
    lines = [Line(row("", words.unasked_rehearsal(run.target)), "warn")] if unasked else []
    lines += [Line(row("versions", versions)), Line(row("profile", f"{run.profile} ({must} must, {should} should)"))]
    lines += [
        Line(row("lacks", f"{each.name}: {each.reason}"), "warn") for each in run.capabilities if not each.present
    ]
    asked = "  ".join(f"{name} {value}" for name, value in run.options.items() if name not in _SAID_ELSEWHERE)
    lines += [Line(row("options", asked)), Line(row("uses", words.uses(run)))]
    return [*lines, Line(row("report", f"{folder}/")), Line()]


_SAID_ELSEWHERE = ("--target", "--profile", "--run-id")


def area(name: str, results: Sequence[TestResult]) -> Line:
    """One line for each kind of promise, when its last test is in."""
    marks = "".join(_MARKS[result.outcome] for result in sorted(results, key=lambda each: each.nodeid))
    found = words.counts(results)
    bad = sum(found[outcome] for outcome in words.BAD)
    said = [f"{found['passed']:>3}"] + ([f"{bad} not kept"] if bad else [])
    said += [f"{found['skipped']} skipped"] if found["skipped"] else []
    took = max(each.start + each.seconds for each in results) - min(each.start for each in results)
    text = f" {name:<12} {marks:<28} {' · '.join(said):<24} {words.seconds(took):>9}"
    return Line(text, "bad" if bad else "good" if found["passed"] else "warn")


def failure(run: Run, result: TestResult, folder: str) -> list[Line]:
    """At most twelve lines, in the order in which somebody reads who has to mend it."""
    breach = result.breach or Breach(result.promise, "", "see details in the report")
    name = {"failed": "FAILED", "error": "ERROR", "invalid": "INVALID"}.get(result.outcome, result.outcome.upper())
    ids = " ".join([*result.requirements, words.level(run, result)]).strip()
    lines = [Line(f" {name:<8}{words.short(result.nodeid)}   [{ids}]   {words.seconds(result.seconds)}", "bad")]
    rows = [
        ("promise", breach.promise or result.promise),
        ("expected", breach.expected),
        ("observed", breach.observed),
        ("likely", breach.likely),
        ("evidence", f"{folder}/{breach.evidence}/" if breach.evidence.startswith("evidence/") else breach.evidence),
        ("next", breach.next or words.again(run, result.nodeid)),
        ("curl", breach.curl),
    ]
    said = [(label, value) for label, value in rows if value]
    spare = FAILURE_LINES - 1 - len(said)
    for label, value in said:
        wrapped = [value.replace("\n", " ")] if label in ("curl", "evidence") else _wrapped(value, spare + 1)
        spare -= len(wrapped) - 1
        for position, text in enumerate(wrapped):
            lines.append(Line(f"   {label if position == 0 else '':<10} {text}"))
    return lines


def footer(run: Run, folder: str) -> list[Line]:
    """The verdict, and where to go from here."""
    bad = [result for result in run.results if result.outcome in words.BAD]
    tone: Tone = "good" if run.exit_code == 0 else "warn" if run.verdict in ("interrupted", "blocked") else "bad"
    facts = "   ".join(part for part in (words.counted(run), words.kept(run)) if part)
    lines = [Line(), Line(row(run.verdict, f"{facts}   {words.seconds(run.seconds)}   exit {run.exit_code}"), tone)]
    lines.append(Line(row("", words.meaning(run))))
    lines += _skips(run)
    slowest = words.slowest(run, 3)
    if len(run.results) > 1:
        slow = [f"{words.seconds(each.seconds)} {words.short(each.nodeid)}{words.waited(each)}" for each in slowest]
        lines += [Line(row("slowest" if not position else "", text), "quiet") for position, text in enumerate(slow)]
    lines.append(Line(row("report", f"{folder}/index.html")))
    lines += [Line(row("next" if not position else "", text)) for position, text in enumerate(_next(run, bad))]
    return lines


def _skips(run: Run) -> Iterator[Line]:
    for position, (reason, results) in enumerate(words.skips(run).items()):
        yield Line(row("skipped" if not position else "", f"{len(results)} · {reason}"), "warn")


def _next(run: Run, bad: Sequence[TestResult]) -> list[str]:
    if bad:
        return [f"{words.again(run, bad[0].nodeid)}      that test alone"]
    if run.verdict == "blocked":
        return []
    if run.verdict == "interrupted":
        return [f"{run.command}      all of it again"]
    if run.target.rehearsal:
        return [
            "pytest suites/ --target cluster --context NAME      the same promises, asked of your own cluster",
            "make faults                                         watch every seeded defect being caught",
        ]
    return ["make bench      how fast it keeps them"]


def row(label: str, text: str) -> str:
    """A label and what it says, in the columns of every screen."""
    return f" {label:<12} {text}".rstrip()


def _wrapped(text: str, most: int) -> list[str]:
    lines = [part for line in text.splitlines() for part in textwrap.wrap(line, WIDTH - 14)] or [""]
    if len(lines) > most:
        lines = [*lines[: most - 1], f"{lines[most - 1][: WIDTH - 16]} …"]
    return lines
