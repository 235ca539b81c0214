"""What a scenario's figures have to be: bounds as data, and whether they were kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from kserve_conformance.catalogue.reading import CatalogueError, read
from kserve_conformance.load.result import Figure, Judgement, Scenario, number

_BOUND = re.compile(r"(<=|>=) *(\d+(?:\.\d+)?) *(.*)")
Bounds = Mapping[str, "Bound"]


@dataclass(frozen=True)
class Bound:
    """`at` is in the unit of the figure it bounds."""

    side: Literal["<=", ">="]
    at: float
    unit: str

    def __str__(self) -> str:
        return f"{self.side} {self.at:g} {self.unit}".rstrip()

    def holds(self, value: float) -> bool:
        return value <= self.at if self.side == "<=" else value >= self.at


def load(path: Path) -> Mapping[str, Bounds]:
    """Bounds by scenario and figure. Raises CatalogueError for what is none."""
    content = read(path)
    if not isinstance(content, dict):
        raise CatalogueError(f'{path.name}: expected scenarios with their figures: latency: {{p99: "<= 50 ms"}}')
    return {name: _bounds(figures, f"{path.name}: {name}") for name, figures in content.items()}


def _bounds(figures: Any, where: str) -> Bounds:
    if not isinstance(figures, dict):
        raise CatalogueError(f'{where}: expected figures with a bound each: p99: "<= 50 ms"')
    return {name: bound(text, f"{where}: {name}") for name, text in figures.items()}


def bound(text: Any, where: str) -> Bound:
    found = _BOUND.fullmatch(str(text).strip())
    if found is None:
        raise CatalogueError(f'{where}: {text!r} is no bound; write one like "<= 50 ms" or ">= 100 req/s"')
    return Bound("<=" if found[1] == "<=" else ">=", float(found[2]), found[3].strip())


def judged(scenario: Scenario, bounds: Bounds) -> tuple[Judgement, ...]:
    """One for each bound; of an invalid scenario none is decided."""
    return tuple(_judge(scenario, name, each) for name, each in bounds.items())


def _judge(scenario: Scenario, name: str, limit: Bound) -> Judgement:
    figure = next((each for each in scenario.figures if each.name == name), None)
    if not scenario.valid:
        return Judgement(name, str(limit), "not decided", "the measurement is invalid")
    if figure is None:
        return Judgement(name, str(limit), "not decided", f"{scenario.name} has no figure of that name")
    if figure.unit != limit.unit:
        said = f"the figure is in {figure.unit or 'no unit'}, the bound in {limit.unit or 'no unit'}"
        return Judgement(name, str(limit), "not decided", said)
    if figure.endless:
        verdict: Literal["met", "missed"] = "missed" if limit.side == "<=" else "met"
        return Judgement(name, str(limit), verdict, figure.note)
    if figure.value is None:
        return Judgement(name, str(limit), "not decided", figure.note)
    if limit.holds(figure.value):
        return Judgement(name, str(limit), "met", figure.shown())
    return Judgement(name, str(limit), "missed", f"{number(figure.value)} {figure.unit}".rstrip() + _by(figure, limit))


def _by(figure: Figure, limit: Bound) -> str:
    """How far off; how many times where that says anything."""
    assert figure.value is not None
    off = abs(figure.value - limit.at)
    share = f" ({off / limit.at:.0%})" if limit.at else ""
    return f", missed by {number(off)} {figure.unit}".rstrip() + share
