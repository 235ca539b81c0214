"""One embedded platform, and pytest against it with one namespace's defect switched on."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kserve_conformance.embedded.faults import PREFIX, Decoy, Fault, Misconfiguration
from kserve_conformance.model import Run
from kserve_conformance.platform.contexts import PlatformUnreachable
from kserve_conformance.platform.opening import start_embedded
from kserve_conformance.proofs.verdicts import Proof, judge, judge_decoy
from kserve_conformance.reporting import record

ROOT = Path(__file__).parents[2]
COMMAND_WITHIN = 60.0
TEST_WITHIN = 300.0


class FaultsError(Exception):
    """The proof could not be made; says why."""


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

    def prove(self, seeded: Fault | Decoy) -> Proof:
        """A fault against the whole module of its test, a decoy against the tests that could mistake it.

        A misconfiguration changes this platform for good.
        """
        began = time.monotonic()
        if isinstance(seeded, Misconfiguration):
            return self._prove_after(seeded, began)
        switch = ["--namespace-annotation", f"{PREFIX}{seeded.knob}={seeded.strength}"]
        tests = seeded.tests if isinstance(seeded, Decoy) else (seeded.caught_by.partition("::")[0],)
        run = self.run(seeded.id, *tests, *switch)
        results, fired = run.results if run else (), self.fired()[seeded.knob]
        if isinstance(seeded, Decoy):
            verdict, by = judge_decoy(seeded, results, fired)
        else:
            verdict, by = judge(seeded, results, fired)
        return Proof(seeded, verdict, by, time.monotonic() - began, fired)

    def _prove_after(self, seeded: Misconfiguration, began: float) -> Proof:
        for each in seeded.commands:
            command = [_kubectl(), "--kubeconfig", str(self.kubeconfig), *shlex.split(each)]
            done = subprocess.run(command, capture_output=True, text=True, timeout=COMMAND_WITHIN, check=False)
            if done.returncode:
                raise FaultsError(f"{seeded.id}: kubectl {each}: {done.stderr.strip()}")
        run = self.run(seeded.id, seeded.caught_by.partition("::")[0])
        verdict, by = judge(seeded, run.results if run else (), len(seeded.commands))
        return Proof(seeded, verdict, by, time.monotonic() - began, len(seeded.commands))


@contextmanager
def platform(stack: str) -> Iterator[Path]:
    """The kubeconfig of an embedded platform that lives as long as the block, and no longer than this process."""
    try:
        started = start_embedded(stack)
    except PlatformUnreachable as error:
        raise FaultsError(str(error)) from error
    try:
        yield Path(started.kubeconfig)
    finally:
        started.close()


def _kubectl() -> str:
    beside = Path(sys.executable).parent / "kubectl"
    found = shutil.which("kubectl") or (str(beside) if beside.exists() else None)
    if found is None:
        raise FaultsError("kubectl is not here; run: make setup")
    return found
