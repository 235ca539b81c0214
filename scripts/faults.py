"""`python scripts/faults.py [ID ...]`: every seeded defect must turn red the test that names it.

One embedded platform is started, and a second one for what only the tutorial's versions promise. The named tests run on
it once without any defect, then each defect is switched on in a namespace of its own and the module of its test runs
again. A failure that blames another layer is no catch, and neither is one that turns tests red that have nothing to do
with the defect. Decoys (D...) look odd and are right: nothing may turn red. What an operator gets wrong is done with
kubectl, to a platform of its own.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from kserve_conformance.embedded.faults import Decoy, Fault, Misconfiguration
from kserve_conformance.embedded.faults import decoys as all_decoys
from kserve_conformance.embedded.faults.catalogue import ALL
from kserve_conformance.model import Run, TestResult
from kserve_conformance.proofs.rehearsal import Bench, FaultsError, platform
from kserve_conformance.proofs.verdicts import Proof

ROOT = Path(__file__).resolve().parent.parent
AT_ONCE = 6
SEEDED: tuple[Fault | Decoy, ...] = (*ALL, *all_decoys.ALL)


def _result(run: Run | None, nodeid: str) -> TestResult | None:
    found = [each for each in run.results if each.nodeid == nodeid] if run else []
    return found[0] if found else None


def serial(nodeid: str) -> bool:
    """A test that changes what all services share may not run beside another."""
    path, _, name = nodeid.partition("::")
    before = (ROOT / path).read_text().partition(f"def {name}(")[0]
    return "@serial" in before.rpartition("\n\n\n")[2]


def stack_of(seeded: Fault | Decoy) -> str:
    return seeded.stack if isinstance(seeded, Fault) else "current"


def named(seeded: Fault | Decoy) -> tuple[str, ...]:
    return seeded.tests if isinstance(seeded, Decoy) else (seeded.caught_by,)


def clean(bench: Bench, seeded: Sequence[Fault | Decoy]) -> tuple[int, list[str]]:
    """How many tests are named, and those that are not green before anything is switched on."""
    tests = list(dict.fromkeys(test for each in seeded for test in named(each)))
    run = bench.run("clean", *tests, "-n", str(AT_ONCE))
    if run is None:
        raise FaultsError(f"the clean run left no report; see {bench.reports / 'clean.log'}")
    return len(tests), [test for test in tests if (found := _result(run, test)) is None or found.outcome != "passed"]


def prove_all(bench: Bench, seeded: Sequence[Fault | Decoy]) -> list[Proof]:
    seeded = [each for each in seeded if not isinstance(each, Misconfiguration)]
    apart = [each for each in seeded if not any(map(serial, named(each)))]
    proofs = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for proof in pool.map(bench.prove, apart):
            show(proof)
            proofs.append(proof)
    for each in seeded:
        if each not in apart:
            proofs.append(bench.prove(each))
            show(proofs[-1])
    return proofs


def misconfigured(stack: str, reports: Path, seeded: Sequence[Fault | Decoy]) -> Iterator[Proof]:
    """Each on a platform of its own, which is thrown away."""
    for each in seeded:
        if isinstance(each, Misconfiguration):
            with platform(stack) as kubeconfig:
                proof = Bench(kubeconfig, reports).prove(each)
            show(proof)
            yield proof


def show(proof: Proof) -> None:
    mark = " " if proof.good else "!"
    by = proof.by.removeprefix("suites/")
    said = f"{proof.verdict} by {by}" if proof.good else f"{proof.verdict.upper()}: {by}"
    print(f"{mark}{proof.seeded.id} {proof.seeded.knob:<30} {said:<76} {proof.seconds:6.1f} s", flush=True)


def on_stack(stack: str, seeded: Sequence[Fault | Decoy], reports: Path) -> tuple[bool, list[Proof]]:
    """Whether the named tests are green without a defect, and the proofs."""
    reports.mkdir()
    with platform(stack) as kubeconfig:
        bench = Bench(kubeconfig, reports)
        tests, red = clean(bench, seeded)
        print(f"clean platform, {stack:<8} {tests - len(red)} of {tests} named tests passed", flush=True)
        for test in red:
            print(f"!  not green without a fault: {test}")
        proofs = prove_all(bench, seeded)
    return not red, [*proofs, *misconfigured(stack, reports, seeded)]


def sample() -> Sequence[Fault]:
    """The first of each folder of suites."""
    first = {fault.caught_by.split("/")[1]: fault for fault in reversed(ALL)}
    return list(reversed(first.values()))


def summary(proofs: Sequence[Proof]) -> str:
    counts = Counter(proof.verdict for proof in proofs)
    decoys = sum(isinstance(proof.seeded, Decoy) for proof in proofs)
    said = f"{len(proofs) - decoys} seeded faults        {counts.pop('caught', 0)} caught by the tests that name them"
    said += f" · {decoys} decoys, {counts.pop('left alone', 0)} left alone"
    return " · ".join([said, *(f"{count} {verdict}" for verdict, count in counts.items() or [("missed", 0)])])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ids", nargs="*", metavar="ID", help="faults to prove, such as F052 (default: all)")
    parser.add_argument("--sample", action="store_true", help="one fault for each kind of promise, and no decoy")
    parser.add_argument("--stack", choices=["current", "tutorial"], help="for all (default: for each the one it is of)")
    parser.add_argument("--keep", action="store_true", help="keep the reports of the runs, and say where they are")
    options = parser.parse_args()
    unknown = set(options.ids) - {each.id for each in SEEDED}
    if unknown:
        parser.error(f"no such fault: {', '.join(sorted(unknown))}; there are {', '.join(each.id for each in SEEDED)}")
    everything = sample() if options.sample else SEEDED
    seeded = [each for each in everything if not options.ids or each.id in options.ids]
    reports = Path(tempfile.mkdtemp(prefix="kserve-conformance-faults-"))
    began = time.monotonic()
    keep = True
    try:
        green, proofs = True, []
        for stack in dict.fromkeys(options.stack or stack_of(each) for each in seeded):
            mine = [each for each in seeded if (options.stack or stack_of(each)) == stack]
            clean_there, proven = on_stack(stack, mine, reports / stack)
            green, proofs = green and clean_there, proofs + proven
        print(summary(proofs) + f"   {time.monotonic() - began:.0f} s")
        good = green and all(proof.good for proof in proofs)
        keep = options.keep or not good
        return 0 if good else 1
    except FaultsError as error:
        print(f"faults: {error}", file=sys.stderr)
        return 10
    except KeyboardInterrupt:
        print("faults: interrupted; the platform is stopped", file=sys.stderr)
        return 2
    finally:
        if keep:
            print(f"reports                 {reports}")
        else:
            shutil.rmtree(reports)


if __name__ == "__main__":
    sys.exit(main())
