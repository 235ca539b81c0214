"""`python scripts/cluster.py create|delete --stack tutorial|current`: Kind clusters with pinned stacks."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from kserve_conformance.stacks import steps
from kserve_conformance.stacks.driver import Driver
from kserve_conformance.stacks.steps import StackError

ROOT = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "kserve-conformance"
INTERRUPTED, USAGE, FAILED = 2, 4, 10


def main() -> int:
    names = sorted(each.stem for each in (ROOT / "manifests/stacks").glob("*.yaml"))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=["create", "delete"])
    parser.add_argument("--stack", default="current", help=f"one of: {', '.join(names)} (default: current)")
    options = parser.parse_args()
    if options.stack not in names:
        print(f"cluster: there is no stack {options.stack!r}; the stacks are {', '.join(names)}", file=sys.stderr)
        return USAGE
    try:
        stack = steps.load(ROOT / f"manifests/stacks/{options.stack}.yaml")
        # The user's own kubectl comes first; the one that `make setup` installs is better than none.
        os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", os.defpath), str(Path(sys.executable).parent)])
        driver = Driver(stack, ROOT / "manifests", CACHE / stack.name, lambda text: print(text, end="", flush=True))
        if options.action == "delete":
            print(f"{driver.tools.cluster}: {'deleted' if driver.delete() else 'there is no such cluster'}")
            return 0
        print(f"stack {stack.name}: " + ", ".join(f"{name} {version}" for name, version in stack.versions.items()))
        driver.create()
    except StackError as error:
        print(f"cluster: {error}\n  next: mend that, then run the same command again to go on", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("\ncluster: interrupted; run the same command again to go on, or delete to start over", file=sys.stderr)
        return INTERRUPTED
    print(f"kind made {driver.tools.context} the current context of your kubeconfig, as it always does")
    print(f"next: pytest suites/ --target kind --context {driver.tools.context} -n 4")
    return 0


if __name__ == "__main__":
    sys.exit(main())
