"""The command line (server src/servers/main.cc at v2.14.0, src/command_line_parser.cc at v2.34.0)."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import NoReturn

TRUE = ("true", "True", "1")
# Taken by Triton, without a meaning here: there is one process on one core, without GPU.
WITHOUT_EFFECT = (
    "--allow-gpu-metrics",
    "--allow-cpu-metrics",
    "--backend-config",
    "--backend-directory",
    "--buffer-manager-thread-count",
    "--cuda-memory-pool-byte-size",
    "--exit-timeout-secs",
    "--grpc-infer-allocation-pool-size",
    "--host-policy",
    "--http-thread-count",
    "--id",
    "--log-error",
    "--log-info",
    "--log-verbose",
    "--log-warning",
    "--metrics-interval-ms",
    "--min-supported-compute-capability",
    "--model-load-thread-count",
    "--pinned-memory-pool-byte-size",
    "--rate-limit",
    "--strict-readiness",
    "--trace-file",
    "--trace-level",
    "--trace-rate",
)


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Triton ends with 1, not with 2."""
        sys.stderr.write(f"{message}\n{self.format_usage()}")
        sys.exit(1)


def parse(arguments: list[str], *, is_old: bool) -> argparse.Namespace:
    """Without the program's name. `strict` of the result: a model without config.pbtxt is refused, which is
    the default before 22.07."""
    parser = Parser(prog="tritonserver", allow_abbrev=False, add_help=False)
    parser.add_argument("--model-repository", "--model-store", type=Path, action="append", required=True)
    for name, port in (("http", 8000), ("grpc", 8001), ("metrics", 8002)):
        parser.add_argument(f"--{name}-port", type=int, default=port)
        parser.add_argument(f"--allow-{name}", type=_truth, default=True, nargs="?", const=True)
    parser.add_argument("--model-control-mode", choices=("none", "poll", "explicit"), default="none")
    parser.add_argument("--load-model", action="append", default=[])
    parser.add_argument("--exit-on-error", type=_truth, default=True, nargs="?", const=True)
    parser.add_argument("--strict-model-config", dest="strict", type=_truth, default=is_old, nargs="?", const=True)
    if not is_old:
        parser.add_argument("--disable-auto-complete-config", dest="strict", action="store_true")
    for name in WITHOUT_EFFECT:
        parser.add_argument(name, nargs="?", action="append", help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def _truth(text: str) -> bool:
    return text in TRUE
