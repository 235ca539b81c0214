"""`python scripts/bench_compare.py BASE HEAD`: is the benchmark run HEAD worse than BASE?

BASE and HEAD are ids of runs in reports/runs/, folders, or bench.json files. Two runs differ by what was changed and by
when they were taken: take them in turn (BASE, HEAD, HEAD, BASE) in one sitting, and compare each pair.

Exit codes: 0 nothing is worse beyond its budget, 1 a regression, 4 usage, or environments that differ, 5 nothing could
be compared, 11 a measurement is invalid, or one run has a figure that the other lacks.
"""

from __future__ import annotations

import argparse
import os
import sys
from importlib import metadata
from pathlib import Path
from typing import NoReturn

from kserve_conformance.bench.comparing import budgets, files, measured, screen
from kserve_conformance.bench.comparing.comparison import compare
from kserve_conformance.bench.comparing.measured import UnusableRunError
from kserve_conformance.bench.screen import Screen
from kserve_conformance.catalogue.reading import CatalogueError
from kserve_conformance.catalogue.verdict import EXIT_USAGE

ROOT = Path(__file__).resolve().parent.parent
ACROSS = "--across-environments"


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.refuse(f"{message}; make bench-compare BASE=run HEAD=run, or see --help")

    def refuse(self, message: str) -> NoReturn:
        self.exit(EXIT_USAGE, f"bench-compare: {message}\n")


def main() -> int:
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    option = parser.add_argument
    option("base", metavar="BASE", help="the run that is compared with")
    option("head", metavar="HEAD", help="the run that is judged")
    option(ACROSS, action="store_true", dest="across", help="compare although target, versions, ... differ")
    option("--budgets", type=Path, default=ROOT / "manifests/slo/budgets.yaml", metavar="FILE", help="of your own")
    option("--out", type=Path, metavar="DIR", help="for comparison.json and comparison.md (default: HEAD's folder)")
    said = parser.parse_args()
    runs = ROOT / "reports/runs"
    try:
        allowed = budgets.read(said.budgets)
        base, head = measured.read(said.base, runs), measured.read(said.head, runs)
    except UnusableRunError as error:
        parser.refuse(f"{error}; {error.next}")
    except CatalogueError as error:
        parser.refuse(f"--budgets: {error}")
    if base.folder.resolve() == head.folder.resolve():
        parser.refuse("BASE and HEAD are the same run; name two")

    shown = Screen()
    found = compare(base, head, allowed)
    shown.say(screen.heads(metadata.version("kserve-conformance"), base, head))
    shown.say(screen.environments(found.differences))
    if found.differences and not said.across:
        parser.refuse(
            "the environments differ as said above, and a difference of figures would be theirs; measure both runs in"
            f" one, or add {ACROSS} to see the figures all the same"
        )
    shown.say(screen.table(found))
    try:
        written = [os.path.relpath(path) for path in files.write(found, said.out or head.folder)]
    except OSError as error:
        parser.refuse(f"the figures above could not be written: {error}; name a folder with --out DIR")
    shown.say(screen.footer(found, written))
    return found.exit_code


if __name__ == "__main__":
    sys.exit(main())
