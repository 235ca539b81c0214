"""A comparison on a terminal of a hundred columns."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby

from kserve_conformance.bench.comparing import wording
from kserve_conformance.bench.comparing.comparison import Comparison, Row, Verdict
from kserve_conformance.bench.comparing.effect import Effect
from kserve_conformance.bench.comparing.measured import Difference, Measured
from kserve_conformance.load.result import number
from kserve_conformance.reporting.terminal import Line, Tone, row

WIDTH = 100
_NAME = 17
_INDENT = " " * 14
_TONES: dict[Verdict, Tone] = {
    "regression": "bad",
    "worse within budget": "warn",
    "no difference shown": "plain",
    "improvement": "good",
    "not comparable": "quiet",
}


def heads(version: str, base: Measured, head: Measured) -> Iterator[Line]:
    yield Line()
    yield Line(f" kserve-conformance {version}   two benchmark runs compared", "strong")
    for side, run in (("BASE", base), ("HEAD", head)):
        yield Line(row(side, f"{run.name}   {os.path.relpath(run.folder)}/"))


def environments(found: Sequence[Difference]) -> Iterator[Line]:
    """What differs, said before any figure."""
    if not found:
        yield Line(row("environment", "the same: target, versions, machine, model and settings"))
    for at, each in enumerate(found):
        text = f"{each.field}: {each.base} in BASE, {each.head} in HEAD"
        yield from _labelled("" if at else "DIFFERS", text, "warn")


def table(found: Comparison) -> Iterator[Line]:
    for name, group in groupby(found.figures, key=lambda each: each.scenario):
        rows = list(group)
        yield Line()
        yield Line(_columns(name, "BASE", "HEAD", "", "change", "interval", "", "verdict"), "strong")
        yield from (_shown(each, each.effect) for each in rows if each.effect)
        for names, why in wording.reasons(rows).items():
            yield from _wrapped(f"{names}: not comparable. {why}", "quiet")


def footer(found: Comparison, files: Sequence[str]) -> Iterator[Line]:
    yield Line()
    for text in wording.unsure(found):
        yield from _labelled("unsure", text, "warn")
    for text in wording.left_out(found):
        yield from _labelled("left out", text, "warn")
    for text in found.invalid:
        yield from _labelled("INVALID", text, "bad")
    for text in wording.legend(found):
        yield from _wrapped(text, "quiet")
    yield Line()
    tone: Tone = "bad" if found.of("regression") else "warn" if found.exit_code else "good"
    yield from _wrapped(f"{wording.headline(found)}   exit {found.exit_code}", tone)
    yield from (Line(row("written", name)) for name in files)
    yield Line()


def _shown(each: Row, found: Effect) -> Line:
    share = found.relative
    return Line(
        _columns(
            each.figure,
            number(found.base),
            number(found.head),
            each.unit,
            f"{wording.percent(share.value)} %" if share else "",
            wording.interval(share or found.absolute, share=bool(share)),
            wording.signed(found.absolute.value),
            wording.judged(each),
        ),
        _TONES[each.verdict],
    )


def _columns(
    name: str, base: str, head: str, unit: str, change: str, interval: str, absolute: str, verdict: str
) -> str:
    short = name if len(name) <= _NAME else f"{name[: _NAME - 1]}…"
    values = f" {short:<{_NAME}} {base:>7} {head:>7} {unit:<5} {change:>8} {interval:<15} {absolute:>8}"
    return f"{values}  {verdict}".rstrip()


def _labelled(label: str, text: str, tone: Tone) -> Iterator[Line]:
    for line in textwrap.wrap(text, WIDTH - len(_INDENT)):
        yield Line(row(label, line), tone)
        label = ""


def _wrapped(text: str, tone: Tone) -> Iterator[Line]:
    for line in textwrap.wrap(text, WIDTH, initial_indent=" ", subsequent_indent=" "):
        yield Line(line, tone)
