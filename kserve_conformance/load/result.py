"""What a scenario found, as `bench.json` keeps it and as the report shows it. Plain numbers with unit and interval."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, TypeVar

from kserve_conformance.load.statistics import Quantile

SCHEMA = "kserve-conformance/bench/1"
NEVER = "never"  # how the note of a figure begins that has no value because it is endless
_Fact = TypeVar("_Fact")


class UnreadableError(ValueError):
    """Not a `bench.json` of this schema; the message says what is wrong with it."""


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

    @property
    def endless(self) -> bool:
        """It was measured, and no number is large enough for it."""
        return self.value is None and self.note.startswith(NEVER)

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
class Series:
    """One curve: points of x and y, as a plot draws them; `unit` is that of y."""

    name: str
    unit: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Judgement:
    """What an SLO asks of one figure, and whether it was met; `said` is the answer in words."""

    figure: str
    bound: str
    verdict: Literal["met", "missed", "not decided"]
    said: str


@dataclass(frozen=True)
class Scenario:
    """`load` says what was done, `sentence` what question that answers; `parameters` are those it was done with."""

    name: str
    load: str
    figures: tuple[Figure, ...]
    stages: tuple[Stage, ...] = ()
    valid: bool = True
    why: str = ""
    series: tuple[Series, ...] = ()
    sentence: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    slo: tuple[Judgement, ...] = ()

    def figure(self, name: str) -> Figure:
        return next(each for each in self.figures if each.name == name)


def latency_figure(name: str, quantile: Quantile) -> Figure:
    """In milliseconds; no percentile without the samples it needs."""
    if not quantile.enough:
        return Figure(name, None, "ms", note=f"n too small ({quantile.samples} of {quantile.needed})", better="lower")
    if math.isinf(quantile.value):
        return Figure(name, None, "ms", note=f"{NEVER}: too many requests had no right answer", better="lower")
    low, high = _milliseconds(quantile.low), _milliseconds(quantile.high)
    return Figure(name, quantile.value * 1e3, "ms", low, high, better="lower")


def document(scenarios: Sequence[Scenario], environment: Mapping[str, Any], *, quick: bool) -> dict[str, Any]:
    """`quick`: of the reduced table, whose figures are less sure."""
    return {
        "schema": SCHEMA,
        "quick": quick,
        "scenarios": [asdict(each) for each in scenarios],
        "environment": dict(environment),
    }


def of_document(plain: Any) -> tuple[tuple[Scenario, ...], Mapping[str, Any]]:
    """What `document` was made from: scenarios and environment. Fields it does not know are left out, so that a later
    version may add some; another schema raises UnreadableError, and so does what is not of its form.
    """
    schema = plain.get("schema") if isinstance(plain, dict) else None
    if schema != SCHEMA:
        raise UnreadableError(f"its schema is {schema!r}, and only {SCHEMA!r} can be read")
    try:
        return tuple(_scenario(each) for each in plain["scenarios"]), dict(plain["environment"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnreadableError(f"it is not of the form {SCHEMA} ({type(error).__name__}: {error})") from error


def _scenario(plain: Mapping[str, Any]) -> Scenario:
    read = {
        **plain,
        "figures": tuple(_figure(each) for each in plain["figures"]),
        "stages": tuple(_known(Stage, each) for each in plain.get("stages", ())),
        "series": tuple(_series(each) for each in plain.get("series", ())),
        "slo": tuple(_known(Judgement, each) for each in plain.get("slo", ())),
    }
    return _known(Scenario, read)


def _series(plain: Mapping[str, Any]) -> Series:
    return _known(Series, {**plain, "points": tuple((x, y) for x, y in plain["points"])})


def _figure(plain: Mapping[str, Any]) -> Figure:
    for value in (plain["value"], *(repeats := tuple(plain.get("repeats", ())))):
        if value is not None and not (isinstance(value, int | float) and math.isfinite(value)):
            raise ValueError(f"{plain['name']}: {value!r} is not a finite number")
    return _known(Figure, {**plain, "repeats": repeats})


def _known(kind: type[_Fact], plain: Mapping[str, Any]) -> _Fact:
    names = {each.name for each in fields(kind)}  # type: ignore[arg-type]  # a dataclass
    return kind(**{name: value for name, value in plain.items() if name in names})


def number(value: float) -> str:
    """Three digits, never in powers of ten; a count as it is."""
    if isinstance(value, int):
        return f"{value:,}"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.{max(0, 2 - math.floor(math.log10(abs(value))))}f}" if abs(value) >= 0.001 else f"{value:g}"


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None or math.isinf(seconds) else seconds * 1e3
