"""`python scripts/clients.py`: runs the real clients in `tests/clients` and writes what works into the README's table.

`--check` runs nothing: it compares the README with the tests there are.
"""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
BEGIN, END = "<!-- client table: begin -->\n", "<!-- client table: end -->\n"
STACKS = ("tutorial", "current")

Table = dict[tuple[str, str], dict[str, str]]  # client and what it does -> stack -> cell


@dataclass
class Rows:
    """A pytest plugin: what every test of a client stands for, and how it ended."""

    collected: list[Mapping[str, Any]] = field(default_factory=list)
    ended: list[tuple[Mapping[str, Any], bool]] = field(default_factory=list)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.collected += [_row(item.user_properties) for item in session.items]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or not report.passed:
            self.ended.append((_row(report.user_properties), report.passed))


def _row(properties: Iterable[tuple[str, Any]]) -> Mapping[str, Any]:
    return next(value for name, value in properties if name == "row")


def table(rows: Iterable[tuple[Mapping[str, Any], bool]]) -> Table:
    """A row that did not pass `fails`, also one that was skipped: nobody has seen it work."""
    cells: Table = {}
    for row, passed in rows:
        stacks = cells.setdefault((row["client"], row["does"]), {})
        cell = ("refused" if row["refused"] else "works") if passed else "fails"
        stacks[row["stack"]] = cell if stacks.get(row["stack"]) != "fails" else "fails"
    return cells


def markdown(cells: Table) -> str:
    """The client's name stands in the first of its lines only."""
    lines = ["| client | does | " + " | ".join(STACKS) + " |", "|---" * (2 + len(STACKS)) + "|"]
    for client, keys in groupby(sorted(cells, key=lambda key: (key[0].lower(), key[1].lower())), lambda key: key[0]):
        for number, key in enumerate(keys):
            columns = [client if number == 0 else "", key[1], *(cells[key].get(stack, "") for stack in STACKS)]
            lines.append("| " + " | ".join(columns) + " |")
    return "\n".join(lines) + "\n"


def with_table(readme: str, written: str) -> str:
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        sys.exit(f"clients: {README.name} has no lines {BEGIN.strip()} and {END.strip()}")
    return before + begin + written + end + after


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="only say whether the README's table is of these tests")
    check = parser.parse_args().check
    rows = Rows()
    how = ["--collect-only", "-qq"] if check else ["-n", "4", "--dist", "loadgroup", "-rf"]
    code = pytest.main([str(ROOT / "tests/clients"), "--rootdir", str(ROOT), *how], plugins=[rows])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        return int(code)  # what there is to see is not the whole table
    stale = README.read_text()
    fresh = with_table(stale, markdown(table([(each, True) for each in rows.collected] if check else rows.ended)))
    if not check:
        README.write_text(fresh)
        return int(code)
    difference = list(difflib.unified_diff(stale.splitlines(), fresh.splitlines(), README.name, "tests", n=0))
    print("\n".join(difference or ["clients: the README's table is of these tests"]))
    return 1 if difference else 0


if __name__ == "__main__":
    sys.exit(main())
