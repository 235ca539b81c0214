"""Which worker ran what when: shows at a glance what the run waited for."""

from __future__ import annotations

from dataclasses import dataclass

from kserve_conformance.model import Outcome, Run, TestResult
from kserve_conformance.reporting import words

_WIDTH = 1000.0
_LEFT = 56.0
_ROW = 26.0
_TOP = 8.0


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    width: float
    outcome: Outcome
    nodeid: str
    said: str


@dataclass(frozen=True)
class Tick:
    x: float
    label: str


@dataclass(frozen=True)
class Chart:
    """Coordinates only; the template draws."""

    width: float
    height: float
    row: float
    lanes: tuple[tuple[str, float], ...]
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]


def chart(run: Run) -> Chart | None:
    if not run.results:
        return None
    workers = sorted({each.worker for each in run.results}, key=lambda name: (len(name), name))
    end = max(each.start + each.seconds for each in run.results) or 1.0
    scale = (_WIDTH - _LEFT - 12) / end
    lanes = tuple((worker, _TOP + position * _ROW) for position, worker in enumerate(workers))
    tops = dict(lanes)
    return Chart(
        width=_WIDTH,
        height=_TOP + len(workers) * _ROW + 24,
        row=_ROW,
        lanes=lanes,
        bars=tuple(_bar(each, tops[each.worker], scale) for each in run.results),
        ticks=tuple(Tick(round(_LEFT + at * scale, 1), f"{at:g} s") for at in steps(end)),
    )


def _bar(result: TestResult, top: float, scale: float) -> Bar:
    return Bar(
        x=round(_LEFT + result.start * scale, 1),
        y=top,
        width=round(max(result.seconds * scale - 1, 2), 1),
        outcome=result.outcome,
        nodeid=result.nodeid,
        said=f"{words.short(result.nodeid)}: {result.outcome}, {words.seconds(result.seconds)}{words.waited(result)}",
    )


def steps(end: float, most: int = 8) -> list[float]:
    """Round values from 0 to `end`, at most `most` of them beside the zero."""
    unit = 10.0**-3
    while True:
        for factor in (1, 2, 5):
            if end / (unit * factor) <= most:
                count = int(end / (unit * factor))
                return [round(position * unit * factor, 6) for position in range(count + 1)]
        unit *= 10
