"""How much worse a figure may become: `manifests/slo/budgets.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from kserve_conformance.catalogue import reading
from kserve_conformance.catalogue.reading import CatalogueError


@dataclass(frozen=True)
class Budget:
    """Both are to be exceeded: `relative` is a share of BASE, `floor` in the figure's unit."""

    relative: float
    floor: float


@dataclass(frozen=True)
class Budgets:
    """`relative` by pattern of "scenario/figure", `floors` by unit."""

    default: float
    relative: Mapping[str, float]
    floors: Mapping[str, float]

    def of(self, scenario: str, figure: str, unit: str) -> Budget:
        name = f"{scenario}/{figure}"
        found = (share for pattern, share in self.relative.items() if fnmatchcase(name, pattern))
        return Budget(next(found, self.default), self.floors.get(unit, 0.0))


def read(path: Path) -> Budgets:
    """Raises CatalogueError, also for a key that means nothing: a budget with a slip in its name would not be kept."""
    plain = reading.mapping(reading.read(path), path.name, needed=("default", "relative", "floors"))
    where = f"{path.name}: default"
    return Budgets(_amount(plain["default"], where), _amounts(plain, "relative", path), _amounts(plain, "floors", path))


def _amounts(plain: Mapping[str, Any], key: str, path: Path) -> Mapping[str, float]:
    content = plain[key] or {}
    if not isinstance(content, dict):
        raise CatalogueError(f"{path.name}: {key}: expected a number for each name, found {content!r}")
    return {str(name): _amount(value, f"{path.name}: {key}: {name}") for name, value in content.items()}


def _amount(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
        raise CatalogueError(f"{where}: {value!r} is not a number from zero")
    return value
