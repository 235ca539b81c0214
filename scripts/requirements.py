"""`python scripts/requirements.py`: writes `suites/README.md`, every promise with its test and the fault that fails it,
and what became of every known behaviour.

`--check` writes nothing: it says whether the page is of these requirements, behaviours, tests and faults.
"""

from __future__ import annotations

import argparse
import ast
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path

from kserve_conformance.catalogue import coverage, requirements
from kserve_conformance.catalogue.coverage import Behaviour
from kserve_conformance.embedded.faults.catalogue import ALL
from kserve_conformance.model import Requirement

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "suites/README.md"
HEAD = """# What is promised

Every promise of a platform that these suites verify, made from `manifests/requirements/` by `make requirements`.
**MUST**: the source promises it. **SHOULD**: an operator may have changed it. *Needs* is a capability, found out on the
platform; where it is missing, the test is skipped and says so. *Seen to fail by* names the seeded defect of the
embedded platform that turns exactly this test red (`make faults`); a promise without one has not been seen to fail yet.
"""
COLUMNS = ("id", "level", "promise", "needs", "test", "seen to fail by")
BEHAVIOURS = """## Every known behaviour, and what became of it

What the sources, documentation and issues of KServe, Knative, Istio and the protocols say that such a platform does,
made from `manifests/coverage.yaml`. A behaviour is verified by the promises whose tests decide it, **not judged** for a
reason, or **not yet** verified by any test.
"""
AREAS = {
    "PLAT": "The platform: components, configuration, runtimes, admission",
    "LIFE": "The life of a service",
    "PRED": "Model servers and their protocols",
    "SCALE": "Autoscaling and the way of a request",
    "TRAFFIC": "Rollouts",
    "FEAT": "Transformers, explainers, batches, logs, graphs, storage",
    "RECOV": "Failure and recovery",
    "PERF": "Performance",
    "ING": "Ingress and network",
}


def tests() -> Mapping[str, str]:
    """Requirement id to the test that verifies it."""
    found = {}
    for path in sorted((ROOT / "suites").rglob("test_*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef):
                for name in _named(node):
                    found[name] = f"{path.relative_to(ROOT)}::{node.name}"
    return found


def _named(test: ast.FunctionDef) -> Iterator[str]:
    for mark in test.decorator_list:
        if isinstance(mark, ast.Call) and isinstance(mark.func, ast.Name) and mark.func.id == "requirement":
            yield from (str(each.value) for each in mark.args if isinstance(each, ast.Constant))


def page() -> str:
    verified, promised = tests(), requirements.load(ROOT / "manifests/requirements")
    known = coverage.load(ROOT / "manifests/coverage.yaml").behaviours
    caught = {fault.caught_by: fault.id for fault in reversed(ALL)}
    seen = sum(verified[each] in caught for each in promised)
    counts = f"{len(promised)} promises, {seen} of them seen to fail.\n\n{_counts(known)}\n"
    return "\n".join([HEAD, counts, *_promises(promised, verified, caught), BEHAVIOURS, *_behaviours(known)])


def _promises(
    promised: Mapping[str, Requirement], verified: Mapping[str, str], caught: Mapping[str, str]
) -> Iterator[str]:
    areas: dict[str, list[Requirement]] = {}
    for name, test in verified.items():
        areas.setdefault(test.split("/")[1], []).append(promised[name])
    for area, promises in areas.items():
        yield f"## {area}\n"
        yield from _head(COLUMNS)
        for each in sorted(promises, key=lambda promise: promise.id):
            test = verified[each.id].removeprefix(f"suites/{area}/")
            yield (
                f"| {each.id} | {each.level} | {each.sentence} | {_needs(each)} | `{test}` "
                f"| {caught.get(verified[each.id], '')} |"
            )
        yield ""


def _head(columns: Sequence[str]) -> tuple[str, str]:
    return f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"


def _needs(promise: Requirement) -> str:
    return ", ".join([promise.capability, *(f"{name} {range_}" for name, range_ in promise.versions.items())])


def _counts(behaviours: Sequence[Behaviour]) -> str:
    n = Counter(each.verdict for each in behaviours)
    return (
        f"{len(behaviours)} behaviours: {n['verified_by']} verified, {n['not_verified']} not for a black-box test to "
        f"judge, {n['not_yet']} not verified yet:\n[each of them](#every-known-behaviour-and-what-became-of-it)."
    )


def _behaviours(behaviours: Sequence[Behaviour]) -> Iterator[str]:
    for area, found in groupby(behaviours, key=lambda each: each.area):
        yield f"### {AREAS[area]}\n"
        yield from _head(("id", "behaviour", "verified by, or why not"))
        yield from (f"| {each.id} | {each.title} | {_verdict(each)} |" for each in found)
        yield ""


def _verdict(behaviour: Behaviour) -> str:
    promises, words = ", ".join(behaviour.promises), behaviour.words
    if behaviour.verdict == "verified_by":
        return f"{promises}; apart from: {words}" if words else promises
    said = f"**not judged**: {words}" if behaviour.verdict == "not_verified" else f"**not yet**: a test would {words}"
    return f"{said}; in part {promises}" if promises else said


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="only say whether the page is up to date")
    check = parser.parse_args().check
    fresh = page()
    if not check:
        PAGE.write_text(fresh)
    elif not PAGE.exists() or PAGE.read_text() != fresh:
        print(f"requirements: {PAGE.relative_to(ROOT)} is out of date; run: make requirements")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
