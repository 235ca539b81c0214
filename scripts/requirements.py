"""`python scripts/requirements.py`: writes `suites/README.md`, every promise with its test and the fault that fails it.

`--check` writes nothing: it says whether the page is of these requirements, tests and faults.
"""

from __future__ import annotations

import argparse
import ast
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from kserve_conformance.catalogue import requirements
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
    caught = {fault.caught_by: fault.id for fault in reversed(ALL)}
    seen = sum(verified[each] in caught for each in promised)
    lines = [HEAD, f"{len(promised)} promises, {seen} of them seen to fail.\n"]
    areas: dict[str, list[Requirement]] = {}
    for name, test in verified.items():
        areas.setdefault(test.split("/")[1], []).append(promised[name])
    for area, promises in areas.items():
        lines += [f"## {area}\n", f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|"]
        for each in sorted(promises, key=lambda promise: promise.id):
            test = verified[each.id].removeprefix(f"suites/{area}/")
            lines.append(
                f"| {each.id} | {each.level} | {each.sentence} | {_needs(each)} | `{test}` "
                f"| {caught.get(verified[each.id], '')} |"
            )
        lines.append("")
    return "\n".join(lines)


def _needs(promise: Requirement) -> str:
    return ", ".join([promise.capability, *(f"{name} {range_}" for name, range_ in promise.versions.items())])


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
