"""Benchmark figures as the page shows them. What goes in is plain data; `reports/README.md` says of which form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kserve_conformance.reporting.timeline import Tick, steps

COLOURS = 10  # that page.css has for stages
_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 480.0, 200.0, 52.0, 24.0


@dataclass(frozen=True)
class Stage:
    """One part of a cold start or a rollout, as a share of the whole; `spread` says how sure that is."""

    name: str
    seconds: float
    spread: str
    x: float
    width: float
    colour: int


@dataclass(frozen=True)
class Plot:
    name: str
    unit: str
    width: float
    height: float
    path: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]


@dataclass(frozen=True)
class Judgement:
    """What an SLO asks of a figure: `verdict` is met, missed or not decided."""

    figure: str
    bound: str
    verdict: str
    said: str


@dataclass(frozen=True)
class Scenario:
    name: str
    sentence: str
    summary: str
    valid: bool
    why: str
    figures: tuple[tuple[str, str], ...]
    details: tuple[tuple[str, str], ...]
    stages: tuple[Stage, ...]
    plots: tuple[Plot, ...]
    slo: tuple[Judgement, ...]

    @property
    def missed(self) -> bool:
        return any(each.verdict == "missed" for each in self.slo)


@dataclass(frozen=True)
class View:
    valid: bool
    quick: bool
    validity: tuple[tuple[str, str], ...]
    environment: tuple[tuple[str, str], ...]
    scenarios: tuple[Scenario, ...]


def view(bench: Mapping[str, Any] | None) -> View | None:
    if not bench:
        return None
    return View(
        valid=bool(bench.get("valid", True)),
        quick=bool(bench.get("quick", False)),
        validity=_pairs(bench.get("validity")),
        environment=_pairs(bench.get("environment")),
        scenarios=tuple(_scenario(each) for each in bench.get("scenarios", ())),
    )


def _scenario(plain: Mapping[str, Any]) -> Scenario:
    return Scenario(
        name=str(plain["name"]),
        sentence=str(plain.get("sentence", "")),
        summary=str(plain.get("summary", "")),
        valid=bool(plain.get("valid", True)),
        why=str(plain.get("why", "")),
        figures=_pairs(plain.get("figures")),
        details=_pairs(plain.get("details")),
        stages=_stages(plain.get("stages") or {}, plain.get("spread") or {}),
        plots=tuple(plot for each in plain.get("series") or () if (plot := _plot(each)) is not None),
        slo=tuple(Judgement(**each) for each in plain.get("slo") or ()),
    )


def _pairs(plain: Mapping[str, Any] | None) -> tuple[tuple[str, str], ...]:
    return tuple((name, _shown(value)) for name, value in (plain or {}).items())


def _stages(seconds: Mapping[str, float], spread: Mapping[str, str]) -> tuple[Stage, ...]:
    whole = sum(seconds.values()) or 1.0
    stages: list[Stage] = []
    x = 0.0
    for position, (name, value) in enumerate(seconds.items()):
        width = 100 * value / whole
        stages.append(Stage(name, value, spread.get(name, ""), round(x, 2), round(width, 2), position % COLOURS))
        x += width
    return tuple(stages)


def _plot(series: Mapping[str, Any]) -> Plot | None:
    points: Sequence[Sequence[float]] = series.get("points") or ()
    if len(points) < 2:
        return None
    left, right = min(x for x, _ in points), max(x for x, _ in points)
    top = max(y for _, y in points) or 1.0
    across = (_WIDTH - _LEFT - 10) / ((right - left) or 1.0)
    up = (_HEIGHT - _BOTTOM - 10) / top

    def at(x: float, y: float) -> tuple[float, float]:
        return round(_LEFT + (x - left) * across, 1), round(_HEIGHT - _BOTTOM - y * up, 1)

    return Plot(
        name=str(series["name"]),
        unit=str(series.get("unit", "")),
        width=_WIDTH,
        height=_HEIGHT,
        path="M" + " L".join("{:g},{:g}".format(*at(x, y)) for x, y in points),
        x_ticks=tuple(Tick(at(left + step, 0)[0], f"{left + step:g}") for step in steps(right - left, 6)),
        y_ticks=tuple(Tick(at(left, step)[1], f"{step:g}") for step in steps(top, 4)),
    )


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_shown(each)}" for name, each in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_shown(each) for each in value)
    return str(value)
