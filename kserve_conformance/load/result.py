"""What a scenario found, as `bench.json` keeps it and as the report shows it. Plain numbers with unit and interval."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from kserve_conformance.load.statistics import Quantile

SCHEMA = "kserve-conformance/bench/1"


@dataclass(frozen=True)
class Figure:
    """`value` None: there is none, and `note` says why. Bounds are of the 95 % interval; None where nothing bounds.

    `repeats` are its values in repetitions of the scenario, in their order; `better` says which way is an improvement,
    empty for what only describes the run.
    """

    name: str
    value: float | None
    unit: str
    low: float | None = None
    high: float | None = None
    note: str = ""
    repeats: tuple[float, ...] = ()
    better: Literal["lower", "higher", ""] = ""

    def shown(self) -> str:
        if self.value is None:
            return self.note
        text = f"{number(self.value)} {self.unit}".rstrip()
        if self.low is not None and self.high is not None:
            text += f" [{number(self.low)}, {number(self.high)}]"
        return f"{text} ({self.note})" if self.note else text


@dataclass(frozen=True)
class Stage:
    """One part of a cold start: the median over the series, in seconds, and how many samples showed it."""

    name: str
    seconds: float | None
    low: float | None
    high: float | None
    samples: int


@dataclass(frozen=True)
class Scenario:
    name: str
    load: str
    figures: tuple[Figure, ...]
    stages: tuple[Stage, ...] = ()
    valid: bool = True
    why: str = ""

    def figure(self, name: str) -> Figure:
        return next(each for each in self.figures if each.name == name)


def latency_figure(name: str, quantile: Quantile) -> Figure:
    """In milliseconds; no percentile without the samples it needs."""
    if not quantile.enough:
        return Figure(name, None, "ms", note=f"n too small ({quantile.samples} of {quantile.needed})")
    if math.isinf(quantile.value):
        return Figure(name, None, "ms", note="never: too many requests had no right answer")
    return Figure(name, quantile.value * 1e3, "ms", _milliseconds(quantile.low), _milliseconds(quantile.high))


def document(scenarios: Sequence[Scenario], environment: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "scenarios": [asdict(each) for each in scenarios],
        "environment": dict(environment),
    }


def number(value: float) -> str:
    """Three digits, never in powers of ten; a count as it is."""
    if isinstance(value, int):
        return f"{value:,}"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.{max(0, 2 - math.floor(math.log10(abs(value))))}f}" if abs(value) >= 0.001 else f"{value:g}"


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None or math.isinf(seconds) else seconds * 1e3
