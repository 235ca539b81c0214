"""One of the two runs: what `bench.json` says, and where and how it was measured."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kserve_conformance.load import result
from kserve_conformance.load.result import Scenario
from kserve_conformance.model import Run
from kserve_conformance.reporting import record

NUMBERS, RESULTS = "bench.json", "results.json"
UNKNOWN = "not recorded"
# Without these nobody knows whether two runs can be compared at all.
NEEDED = ("target", "kserve", "knative", "istio", "kubernetes", "model", "cores")
# What is of one run only; the target has a line of its own, and which scenarios were measured how often is seen at the
# figures themselves.
_NOT_COMPARED = (
    "load average",
    "--target",
    "--context",
    "--kubeconfig",
    "--report-dir",
    "--scenario",
    "--repeats",
    "repeats",
)
_LISTED = 5


class UnusableRunError(ValueError):
    """What was named is no run that can be read; the message says why, `next` what to do."""

    def __init__(self, message: str, *, next: str) -> None:
        super().__init__(message)
        self.next = next


@dataclass(frozen=True)
class Measured:
    """`environment`: what has to be the same for a difference to mean something, each as text."""

    name: str
    folder: Path
    scenarios: tuple[Scenario, ...]
    environment: Mapping[str, str]

    def scenario(self, name: str) -> Scenario | None:
        return next((each for each in self.scenarios if each.name == name), None)


@dataclass(frozen=True)
class Difference:
    """Of the environments of two runs."""

    field: str
    base: str
    head: str


def read(said: str, runs: Path) -> Measured:
    """`said` is a run's id, its folder or its `bench.json`. Raises UnusableRunError."""
    path = _found(said, runs)
    try:
        scenarios, environment = result.of_document(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise UnusableRunError(f"{path} cannot be read: {error}", next="measure again: make bench") from error
    except result.UnreadableError as error:
        raise UnusableRunError(f"{path}: {error}", next="measure again with this version: make bench") from error
    run = _run(path.with_name(RESULTS))
    return Measured(
        name=run.run_id if run else path.parent.resolve().name,
        folder=path.parent,
        scenarios=scenarios,
        environment={**(_around(run) if run else {}), **_machine(environment), **_parameters(scenarios)},
    )


def differences(base: Measured, head: Measured) -> tuple[Difference, ...]:
    """Parameters only of scenarios that both have: the others are not compared anyway."""
    both = {each.name for each in base.scenarios} & {each.name for each in head.scenarios}
    names = dict.fromkeys((*NEEDED, *base.environment, *head.environment))
    found = []
    for name in names:
        scenario, parameter, _ = name.partition(": ")
        if parameter and scenario not in both:
            continue
        before, after = base.environment.get(name, UNKNOWN), head.environment.get(name, UNKNOWN)
        if before != after or (name in NEEDED and before == UNKNOWN):
            found.append(Difference(name, before, after))
    return tuple(found)


def _found(said: str, runs: Path) -> Path:
    for place in (Path(said), runs / said):
        if place.is_file():
            return place
        if (place / NUMBERS).is_file():
            return place / NUMBERS
    if Path(said).is_dir() or (runs / said).is_dir():
        raise UnusableRunError(f"{said} has no {NUMBERS}: it is no run of make bench", next=_known(runs))
    raise UnusableRunError(f"there is no run, folder or file {said}", next=_known(runs))


def _known(runs: Path) -> str:
    """Ids begin with the time, so the last are the newest."""
    names: Sequence[str] = sorted(path.parent.name for path in runs.glob(f"*/{NUMBERS}"))
    listed = ", ".join(reversed(names[-_LISTED:]))
    return f"the newest benchmarks in {runs.name}/ are: {listed}" if names else "make bench measures one"


def _run(results: Path) -> Run | None:
    """None where a `bench.json` was moved away from it: then nobody knows of what it is."""
    try:
        return record.of_json(results.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnusableRunError(
            f"{results}, which says of what {NUMBERS} is, cannot be read: {error}",
            next=f"put back what was beside {NUMBERS}, or measure again: make bench",
        ) from error


def _around(run: Run) -> Mapping[str, str]:
    target = run.target
    # The server of an embedded platform has another port each time.
    where = "embedded platform" if target.rehearsal else f"{target.kind} {target.context} {target.server}".rstrip()
    versions = {name: version or "not there" for name, version in asdict(run.versions).items()}
    options = {name: value for name, value in run.options.items() if name not in _NOT_COMPARED}
    return {"target": where, **versions, **options}


def _machine(environment: Mapping[str, Any]) -> Mapping[str, str]:
    return {name: _text(value) for name, value in environment.items() if name not in _NOT_COMPARED}


def _parameters(scenarios: Sequence[Scenario]) -> Mapping[str, str]:
    return {
        f"{each.name}: {name}": _text(value)
        for each in scenarios
        for name, value in each.parameters.items()
        if name not in _NOT_COMPARED
    }


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
