"""`comparison.json` for machines and `comparison.md` for the comment of a pull request."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from kserve_conformance.bench.comparing import wording
from kserve_conformance.bench.comparing.comparison import Comparison, Row
from kserve_conformance.bench.comparing.effect import Effect
from kserve_conformance.load.result import number

NAMES = ("comparison.json", "comparison.md")
_HEAD = ("figure", "BASE", "HEAD", "unit", "change", "interval", "difference", "verdict")


def write(found: Comparison, folder: Path) -> list[Path]:
    """Where they are; raises OSError."""
    data = json.dumps(found.document(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / name for name in NAMES]
    for path, text in zip(paths, (data, markdown(found)), strict=True):
        path.write_text(text, encoding="utf-8")
    return paths


def markdown(found: Comparison) -> str:
    return "\n".join(_markdown(found)) + "\n"


def _markdown(found: Comparison) -> Iterator[str]:
    yield from (f"**{wording.headline(found)}**", "", f"BASE {found.base}, HEAD {found.head}.")
    if found.differences:
        yield from ("", "The environments differ, so the change of a figure may be theirs:", "")
        yield from _line("environment", "BASE", "HEAD")
        yield from _line("---", "---", "---")
        for differing in found.differences:
            yield from _line(differing.field, differing.base, differing.head)
    for name, group in groupby(found.figures, key=lambda each: each.scenario):
        rows = list(group)
        yield from ("", f"### {name}", "")
        if any(each.effect for each in rows):
            yield from _line(*_HEAD)
            yield from _line("---", *("--:",) * 2, "---", *("--:",) * 3, "---")
        for each in rows:
            if each.effect:
                yield from _line(*_cells(each, each.effect))
        for names, why in wording.reasons(rows).items():
            yield from ("", f"{names}: not comparable. {why}")
    for text in (*wording.unsure(found), *wording.left_out(found)):
        yield from ("", text)
    for text in (*(f"INVALID: {each}" for each in found.invalid), *wording.legend(found)):
        yield from ("", text)


def _cells(row: Row, found: Effect) -> tuple[str, ...]:
    share = found.relative
    return (
        row.figure,
        number(found.base),
        number(found.head),
        row.unit,
        f"{wording.percent(share.value)} %" if share else "",
        f"{wording.interval(share, share=True)} %" if share else "",
        f"{wording.signed(found.absolute.value)} {wording.interval(found.absolute, share=False)}",
        wording.judged(row),
    )


def _line(*cells: str) -> Iterator[str]:
    escaped = (each.replace("|", "\\|") for each in cells)
    yield f"| {' | '.join(escaped)} |"
