"""Which scenarios a run measures: those of `manifests/scenarios/` that a table of `manifests/bench/` chooses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, replace
from pathlib import Path
from typing import Any

from kserve_conformance.bench import slo
from kserve_conformance.bench.scenarios.registry import KINDS, Kind
from kserve_conformance.bench.slo import Bounds
from kserve_conformance.catalogue.reading import CatalogueError, mapping, read, text

DEFAULT, QUICK = "default", "quick"


@dataclass(frozen=True)
class Planned:
    """One scenario as it is going to be measured."""

    name: str
    kind: str
    sentence: str
    parameters: Any
    bounds: Bounds
    repeats: int

    @property
    def does(self) -> Kind:
        return KINDS[self.kind]

    def seeded(self, number: int) -> Any:
        """The parameters of one repetition: with arrivals of its own, the same in every run."""
        seed = getattr(self.parameters, "seed", None)
        return self.parameters if seed is None else replace(self.parameters, seed=seed + number)

    def changed(self, changes: Mapping[str, Any]) -> Planned:
        """With those parameters that this kind has, and `repeats`; the others are for other kinds."""
        known = {each.name for each in fields(self.parameters)}
        mine = {name: value for name, value in changes.items() if name in known}
        repeats = changes.get("repeats", self.repeats) if self.repeats > 1 else 1
        return replace(self, parameters=replace(self.parameters, **mine), repeats=repeats)


def catalogue(manifests: Path) -> Mapping[str, Planned]:
    """Every scenario there is, by name. Raises CatalogueError for a file that is wrong."""
    files = sorted((manifests / "scenarios").glob("*.yaml"))
    found = [_scenario(path, manifests / "slo") for path in files]
    return {each.name: each for each in found}


def plan(
    manifests: Path, *, names: Sequence[str] = (), quick: bool = False, changes: Mapping[str, Any] | None = None
) -> tuple[Planned, ...]:
    """The table's scenarios, or those named; `changes` are parameters that this run wants otherwise.

    Raises CatalogueError for a name that is unknown and for a file that is wrong.
    """
    known = catalogue(manifests)
    table = _table(manifests, QUICK if quick else DEFAULT)
    for name in (*table, *names):
        if name not in known:
            raise CatalogueError(f"there is no scenario {name!r}; there are: {', '.join(known)}")
    chosen = list(dict.fromkeys(names)) or list(table)
    return tuple(known[name].changed({**table.get(name, {}), **(changes or {})}) for name in chosen)


def in_turn(planned: Sequence[Planned]) -> Sequence[tuple[Planned, int]]:
    """What is repeated comes first and interleaved, so that a machine that gets slower does so for all of it."""
    repeated = [each for each in planned if each.repeats > 1]
    most = max((each.repeats for each in repeated), default=0)
    rounds = [(each, number) for number in range(most) for each in repeated if number < each.repeats]
    return [*rounds, *((each, 0) for each in planned if each.repeats == 1)]


def _table(manifests: Path, name: str) -> Mapping[str, Mapping[str, Any]]:
    """Names of scenarios in their order, each with the parameters that this table wants otherwise."""
    path = manifests / "bench" / f"{name}.yaml"
    content = mapping(read(path), path.name, needed=("scenarios",))["scenarios"]
    if not isinstance(content, dict) or not content:
        raise CatalogueError(f"{path.name}: scenarios: expected names, each with parameters or with nothing")
    return {str(each): dict(changes or {}) for each, changes in content.items()}


def _scenario(path: Path, slos: Path) -> Planned:
    keys = ("name", "kind", "sentence", "parameters", "slo", "repeats")
    found = mapping(read(path), path.name, needed=keys)
    name, kind = text(found["name"], f"{path.name}: name"), text(found["kind"], f"{path.name}: kind")
    if name != path.stem:
        raise CatalogueError(f"{path.name}: name: {name!r} is not that of the file")
    if kind not in KINDS:
        raise CatalogueError(f"{path.name}: kind: there is no {kind!r}; there are: {', '.join(KINDS)}")
    repeats = found["repeats"]
    if not isinstance(repeats, int) or repeats < 1:
        raise CatalogueError(f"{path.name}: repeats: {repeats!r} is not a number of at least 1")
    bounds = slo.load(slos / text(found["slo"], f"{path.name}: slo")).get(name, {})
    parameters = _parameters(KINDS[kind].parameters, found["parameters"] or {}, f"{path.name}: parameters")
    return Planned(name, kind, text(found["sentence"], f"{path.name}: sentence"), parameters, bounds, repeats)


def _parameters(shape: type[Any], said: Any, where: str) -> Any:
    """Those of the kind, each with a default; a whole number does for a float."""
    known = {each.name: each for each in fields(shape)}
    mapping(said, where, needed=(), allowed=tuple(known))
    for name, value in said.items():
        default = known[name].default
        assert default is not MISSING, f"{shape.__module__}: {name} has no default"
        kinds = (int, float) if isinstance(default, float) else (list if isinstance(default, tuple) else type(default),)
        if not isinstance(value, kinds) or isinstance(value, bool) != isinstance(default, bool):
            raise CatalogueError(f"{where}: {name}: {value!r} is not of the kind of its default, {default!r}")
    return shape(**{name: tuple(value) if isinstance(value, list) else value for name, value in said.items()})
