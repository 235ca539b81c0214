"""`python scripts/faults.py [ID ...]`: every seeded defect must turn red the test that names it.

One embedded platform is started. The named tests run on it once without any defect, then each defect is switched on in
a namespace of its own and the module of its test runs again. A failure that blames another layer is no catch, and
neither is one that turns tests red that have nothing to do with the defect.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kserve_conformance.embedded.faults import PREFIX, Fault
from kserve_conformance.embedded.faults.catalogue import ALL
from kserve_conformance.model import Run, TestResult
from kserve_conformance.reporting import record

ROOT = Path(__file__).resolve().parent.parent
BOOT_WITHIN = 60.0
TEST_WITHIN = 300.0
AT_ONCE = 2

Verdict = Literal[
    "caught", "caught by others only", "missed", "never fired", "blames something else", "turns others red", "not run"
]

# A fault says where it is hooked in; a report may name the same place in other words.
SAME_PLACE = {
    "ingress": ("ingress", "gateway", "route"),
    "revision": ("revision", "route", "old pods"),
    "controller": ("controller", "reconcil"),
    "model server": ("model server", "runtime", "server"),
    "admission": ("admission", "webhook"),
}


class FaultsError(Exception):
    """The proof could not be made; says why."""


@dataclass(frozen=True)
class Proof:
    fault: Fault
    verdict: Verdict
    by: str
    seconds: float
    fired: int

    @property
    def good(self) -> bool:
        return self.verdict == "caught"


def judge(fault: Fault, results: Sequence[TestResult], fired: int) -> tuple[Verdict, str]:
    """What became of one fault, and by what; `results` are those of the module that holds the test it names."""
    if fired == 0:
        return "never fired", fault.caught_by
    red = [each.nodeid for each in results if each.outcome != "passed" and each.nodeid != fault.caught_by]
    named = next((each for each in results if each.nodeid == fault.caught_by), None)
    if named is None:
        return "not run", fault.caught_by
    if named.outcome != "failed":
        return ("caught by others only", red[0]) if red else ("missed", fault.caught_by)
    if not blames(fault, named):
        return "blames something else", _likely(named)
    strangers = [each for each in red if each not in fault.may_also_fail]
    return ("turns others red", strangers[0]) if strangers else ("caught", fault.caught_by)


def blames(fault: Fault, result: TestResult) -> bool:
    """A failure that says what is likely must say the layer the fault is in; saying nothing is no lie."""
    said = _likely(result).lower()
    return not said or any(word in said for word in SAME_PLACE.get(fault.layer, (fault.layer,)))


def _likely(result: TestResult) -> str:
    return result.breach.likely if result.breach is not None else ""


@dataclass(frozen=True)
class Bench:
    """One embedded platform, and pytest against it."""

    kubeconfig: Path
    reports: Path

    def run(self, name: str, *args: str) -> Run | None:
        """The report of one run of pytest; None when it left none."""
        folder = self.reports / name
        command = [sys.executable, "-m", "pytest", "--target", "cluster", "--kubeconfig", str(self.kubeconfig)]
        command += ["--report-dir", str(folder), "--disruptive", "-p", "no:cacheprovider", *args]
        with (self.reports / f"{name}.log").open("w") as log:
            subprocess.run(command, cwd=ROOT, stdout=log, stderr=log, timeout=TEST_WITHIN, check=False)
        results = folder / "results.json"
        return record.of_json(results.read_text()) if results.exists() else None

    def fired(self) -> Counter[str]:
        command = [_kubectl(), "--kubeconfig", str(self.kubeconfig), "get", "--raw", "/embedded/faults"]
        asked = subprocess.run(command, capture_output=True, text=True, check=False)
        if asked.returncode:
            raise FaultsError(f"the platform does not say which faults fired: {asked.stderr.strip()}")
        counts: Counter[str] = Counter()
        for each in json.loads(asked.stdout):
            counts[each["knob"]] += each["fired"]
        return counts

    def prove(self, fault: Fault) -> Proof:
        began = time.monotonic()
        switch = ["--namespace-annotation", f"{PREFIX}{fault.knob}=always"]
        run = self.run(fault.id, fault.caught_by.partition("::")[0], *switch)
        fired = self.fired()[fault.knob]
        verdict, by = judge(fault, run.results if run else (), fired)
        return Proof(fault, verdict, by, time.monotonic() - began, fired)


@contextmanager
def platform(stack: str) -> Iterator[Path]:
    """The kubeconfig of an embedded platform that lives as long as the block."""
    command = [sys.executable, "-m", "kserve_conformance.embedded", "up", "--stack", stack]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True)
    said: list[str] = []
    ready = threading.Event()
    threading.Thread(target=_listen, args=(process, said, ready), daemon=True).start()
    try:
        ready.wait(BOOT_WITHIN)
        kubeconfig = _kubeconfig(said)
        if kubeconfig is None:
            raise FaultsError("the embedded platform did not come up:\n  " + "\n  ".join(said[-8:] or ["no output"]))
        yield kubeconfig
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def _listen(process: subprocess.Popen[str], said: list[str], ready: threading.Event) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        said.append(line.rstrip())
        if _kubeconfig(said) is not None:
            ready.set()
    ready.set()


def _kubeconfig(said: Sequence[str]) -> Path | None:
    """Of the line `export KUBECONFIG=...` that the platform prints when it is ready."""
    found = [match[1] for line in said if (match := re.search(r"KUBECONFIG=\"?([^\s\"]+)", line))]
    return Path(found[0]) if found else None


def _kubectl() -> str:
    beside = Path(sys.executable).parent / "kubectl"
    found = shutil.which("kubectl") or (str(beside) if beside.exists() else None)
    if found is None:
        raise FaultsError("kubectl is not here; run: make setup")
    return found


def _result(run: Run | None, nodeid: str) -> TestResult | None:
    found = [each for each in run.results if each.nodeid == nodeid] if run else []
    return found[0] if found else None


def serial(nodeid: str) -> bool:
    """A test that changes what all services share may not run beside another."""
    path, _, name = nodeid.partition("::")
    before = (ROOT / path).read_text().partition(f"def {name}(")[0]
    return "@serial" in before.rpartition("\n\n\n")[2]


def clean(bench: Bench, faults: Sequence[Fault]) -> list[str]:
    """The tests that are not green before any fault is switched on."""
    tests = list(dict.fromkeys(fault.caught_by for fault in faults))
    run = bench.run("clean", *tests, "-n", str(AT_ONCE))
    if run is None:
        raise FaultsError(f"the clean run left no report; see {bench.reports / 'clean.log'}")
    return [test for test in tests if (found := _result(run, test)) is None or found.outcome != "passed"]


def prove_all(bench: Bench, faults: Sequence[Fault]) -> list[Proof]:
    apart = [fault for fault in faults if not serial(fault.caught_by)]
    proofs = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for proof in pool.map(bench.prove, apart):
            show(proof)
            proofs.append(proof)
    for fault in faults:
        if fault not in apart:
            proofs.append(bench.prove(fault))
            show(proofs[-1])
    return proofs


def show(proof: Proof) -> None:
    mark = " " if proof.good else "!"
    by = proof.by.removeprefix("suites/")
    said = f"caught by {by}" if proof.good else f"{proof.verdict.upper()}: {by}"
    print(f"{mark}{proof.fault.id} {proof.fault.knob:<30} {said:<76} {proof.seconds:6.1f} s", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ids", nargs="*", metavar="ID", help="faults to prove, such as F052 (default: all)")
    parser.add_argument("--stack", default="current", choices=["current", "tutorial"])
    parser.add_argument("--keep", action="store_true", help="keep the reports of the runs, and say where they are")
    options = parser.parse_args()
    unknown = set(options.ids) - {fault.id for fault in ALL}
    if unknown:
        parser.error(f"no such fault: {', '.join(sorted(unknown))}; there are {', '.join(each.id for each in ALL)}")
    faults = [fault for fault in ALL if not options.ids or fault.id in options.ids]
    reports = Path(tempfile.mkdtemp(prefix="kserve-conformance-faults-"))
    began = time.monotonic()
    keep = True
    try:
        with platform(options.stack) as kubeconfig:
            bench = Bench(kubeconfig, reports)
            red = clean(bench, faults)
            tests = len({fault.caught_by for fault in faults})
            print(f"clean platform          {tests - len(red)} of {tests} named tests passed", flush=True)
            for test in red:
                print(f"!  not green without a fault: {test}")
            proofs = prove_all(bench, faults)
        caught = sum(proof.good for proof in proofs)
        counts = Counter(proof.verdict for proof in proofs if not proof.good)
        rest = " · ".join(f"{count} {verdict}" for verdict, count in counts.items()) or "0 missed · 0 never fired"
        print(f"{len(proofs)} seeded faults        {caught} caught by the tests that name them · {rest}", end="")
        print(f"   {time.monotonic() - began:.0f} s")
        good = not red and caught == len(proofs)
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
