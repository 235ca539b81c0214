"""`python scripts/bench_embedded.py`: what the embedded platform costs, each figure with its bound.

Exit codes: 0 all bounds kept, 1 one was not. It takes about three minutes and wants a machine that is otherwise idle.
"""

from __future__ import annotations

import argparse
import sys

from kserve_conformance.bench import embedded


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stack", choices=["current", "tutorial"], default="current", help="which versions to emulate")
    options = parser.parse_args()
    kept = True
    with embedded.platform(options.stack) as measured:
        for figure in measured.figures():
            print(figure, flush=True)
            kept = kept and figure.kept is not False
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
