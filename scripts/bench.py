"""`python scripts/bench.py`: how fast a platform serves one model; printed, stored, in the report.

The table of manifests/bench/default.yaml, or --scenario NAME for those wanted (--list shows them).
Exit codes: 0 measured, 1 an SLO was missed, 2 interrupted, 3 internal error, 4 usage, 10 platform unreachable,
11 a measurement is invalid or an SLO was not decided.
"""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from typing import NoReturn

from kserve_conformance.bench import session, table
from kserve_conformance.bench.settings import Settings
from kserve_conformance.bench.subject import Subject
from kserve_conformance.catalogue.reading import CatalogueError
from kserve_conformance.catalogue.verdict import EXIT_KEPT, EXIT_USAGE
from kserve_conformance.model import new_run_id

ROOT = Path(__file__).resolve().parent.parent
MANIFESTS = ROOT / "manifests"
CHANGES = ("repeats", "rate", "seconds", "warm_up", "connections", "starts")


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_USAGE, f"bench: {message}; see --help\n")


def main() -> int:
    arguments = sys.argv[1:]
    if "--list" in arguments:
        return list_scenarios()
    settings = read(arguments)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    return session.run(settings, Subject.iris(ROOT))


def list_scenarios() -> int:
    """Needs no platform."""
    try:
        found = table.catalogue(MANIFESTS)
    except CatalogueError as error:
        print(f"bench: {error}", file=sys.stderr)
        return EXIT_USAGE
    for each in found.values():
        times = f" ({each.repeats} times)" if each.repeats > 1 else ""
        print(f"{each.name:<18} {each.sentence}{times}")
    return EXIT_KEPT


def read(arguments: list[str]) -> Settings:
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    option = parser.add_argument
    option("--target", choices=["embedded", "kind", "cluster"], default="embedded", help="default: embedded")
    option("--context", default="", metavar="NAME", help="kubeconfig context (default: the current one)")
    option("--kubeconfig", default="", metavar="FILE", help="kubeconfig file (default: $KUBECONFIG or ~/.kube/config)")
    option("--stack", choices=["current", "tutorial"], default="current", help="versions of the embedded platform")
    option("--scenario", nargs="+", action="extend", default=[], metavar="NAME", help="only these (default: the table)")
    option("--quick", action="store_true", help="a reduced table: fewer and shorter, so less sure")
    option("--list", action="store_true", help="the scenarios there are, and end")
    option("--report-dir", default="", metavar="DIR", help="folder of the report (default: reports/runs/<run-id>)")
    wanted = parser.add_argument_group(
        "parameters, for every scenario that has them, in place of its file's"
    ).add_argument
    wanted("--repeats", type=_count, metavar="N", help="of what is measured several times")
    wanted("--rate", type=_above_zero, metavar="N", help="requests a second, open loop")
    wanted("--seconds", type=_above_zero, metavar="S", help="length of each load")
    wanted("--warm-up", type=_above_zero, metavar="S", help="sent before that and cut")
    wanted("--connections", type=_count, metavar="N", help="of the closed loop")
    wanted("--cold-starts", dest="starts", type=_count, metavar="N", help="of each series of them")
    said = parser.parse_args(arguments)
    if said.target == "embedded" and (said.context or said.kubeconfig):
        parser.error("--context and --kubeconfig name a cluster, but the target is embedded; add --target cluster")
    run_id = new_run_id()
    folder = Path(said.report_dir).resolve() if said.report_dir else ROOT / "reports/runs" / run_id
    if (folder / "results.json").exists():
        parser.error(f"--report-dir {said.report_dir}: holds the report of another run, which is never overwritten")
    changes = {name: getattr(said, name) for name in CHANGES if getattr(said, name) is not None}
    try:
        planned = table.plan(MANIFESTS, names=said.scenario, quick=said.quick, changes=changes)
    except CatalogueError as error:
        parser.error(str(error))
    return Settings(
        target=said.target,
        context=said.context,
        kubeconfig=said.kubeconfig,
        stack=said.stack,
        planned=planned,
        run_id=run_id,
        folder=folder,
        quick=said.quick,
        named=tuple(said.scenario),
        changes=changes,
    )


def _above_zero(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not above zero")
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not at least 1")
    return value


def _stop(*_: object) -> None:
    """The first one asks to stop; those that follow must not stop the cleaning up."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
