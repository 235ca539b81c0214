"""`python scripts/bench.py`: latency, throughput and cold starts of one model; printed, stored, in the report.

Exit codes: 0 measured, 2 interrupted, 3 internal error, 4 usage, 10 platform unreachable, 11 a measurement is invalid.
"""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from typing import NoReturn

from kserve_conformance.bench import session
from kserve_conformance.bench.settings import Settings
from kserve_conformance.bench.subject import Subject
from kserve_conformance.catalogue.verdict import EXIT_USAGE
from kserve_conformance.model import new_run_id

ROOT = Path(__file__).resolve().parent.parent


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_USAGE, f"bench: {message}; see --help\n")


def main() -> int:
    settings = read(sys.argv[1:])
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    return session.run(settings, Subject.iris(ROOT))


def read(arguments: list[str]) -> Settings:
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    option = parser.add_argument
    option("--target", choices=["embedded", "kind", "cluster"], default="embedded", help="default: embedded")
    option("--context", default="", metavar="NAME", help="kubeconfig context (default: the current one)")
    option("--kubeconfig", default="", metavar="FILE", help="kubeconfig file (default: $KUBECONFIG or ~/.kube/config)")
    option("--stack", choices=["current", "tutorial"], default="current", help="versions of the embedded platform")
    option("--rate", type=_above_zero, default=100, metavar="N", help="requests a second, open loop (default: 100)")
    option("--seconds", type=_above_zero, default=15, metavar="S", help="length of each load (default: 15)")
    option("--warm-up", type=_above_zero, default=3, metavar="S", help="sent before that and cut (default: 3)")
    option("--connections", type=_count, default=16, metavar="N", help="of the closed loop (default: 16)")
    option("--cold-starts", type=_count, default=10, metavar="N", help="default: 10")
    option("--report-dir", default="", metavar="DIR", help="folder of the report (default: reports/runs/<run-id>)")
    said = parser.parse_args(arguments)
    if said.target == "embedded" and (said.context or said.kubeconfig):
        parser.error("--context and --kubeconfig name a cluster, but the target is embedded; add --target cluster")
    run_id = new_run_id()
    folder = Path(said.report_dir).resolve() if said.report_dir else ROOT / "reports/runs" / run_id
    if (folder / "results.json").exists():
        parser.error(f"--report-dir {said.report_dir}: holds the report of another run, which is never overwritten")
    asked = {name: value for name, value in vars(said).items() if name != "report_dir"}
    return Settings(**asked, run_id=run_id, folder=folder)


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
