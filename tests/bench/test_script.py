"""`scripts/bench.py` on the embedded platform, with numbers so small that they prove only that it works."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kserve_conformance.kube import kinds
from kserve_conformance.kube.objects import RUN_LABEL
from kserve_conformance.platform import opening
from kserve_conformance.platform.opening import Opening
from kserve_conformance.reporting import record

ROOT = Path(__file__).parents[2]
LENGTHS = ["--rate", "20", "--seconds", "2", "--warm-up", "0.5", "--connections", "2", "--cold-starts", "1"]
TINY = ["--scenario", "latency", "throughput", "cold-start", "--repeats", "2", *LENGTHS]


def bench(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "scripts/bench.py", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def refused(*arguments: str) -> tuple[int, str]:
    process = bench(*arguments)
    said, _ = process.communicate(timeout=60)
    return process.returncode, said


def test_measures_and_reports(tmp_path: Path) -> None:
    process = bench(*TINY, "--report-dir", str(tmp_path / "report"))
    screen, _ = process.communicate(timeout=90)
    folder = tmp_path / "report"
    run = record.of_json((folder / "results.json").read_text())
    assert run.bench is not None, screen
    # So few requests decide no p99, so the SLO is not decided either; on a busy machine a load may be invalid besides.
    assert process.returncode == run.exit_code == 11, screen
    assert "SLO not decided: p99 <= 250 ms" in screen
    assert run.verdict == "measured"
    assert run.target.rehearsal
    assert [each["name"] for each in run.bench["scenarios"]] == ["latency", "throughput", "cold-start"]
    numbers = {each["name"]: each for each in json.loads((folder / "bench.json").read_text())["scenarios"]}
    assert figures(numbers["latency"])["wrong"] == figures(numbers["throughput"])["wrong"] == 0
    assert figures(numbers["latency"])["right"] > 20
    assert figures(numbers["cold-start"])["cold"] == 1
    seconds = [stage["seconds"] for stage in numbers["cold-start"]["stages"] if stage["samples"]]
    assert len(seconds) >= 7
    assert sum(seconds) * 1e3 <= figures(numbers["cold-start"])["slowest"] + 1e-6
    median = next(each for each in numbers["latency"]["figures"] if each["name"] == "p50")
    assert len(median["repeats"]) == 2
    assert median["better"] == "lower"
    assert numbers["latency"]["parameters"]["rate"] == 20
    assert json.loads((folder / "bench.json").read_text())["quick"] is False
    for name in (
        "latency/1/samples.bin",
        "latency/2/samples.bin",
        "throughput/2/samples.bin",
        "cold-start/starts.json",
        "summary.md",
        "junit.xml",
    ):
        assert (folder / name).stat().st_size > 0
    assert "EMBEDDED platform, a rehearsal" in screen
    assert "n too small (1 of 5)" in screen
    assert 'id="bench"' in (folder / "index.html").read_text()


def figures(scenario: dict[str, Any]) -> dict[str, Any]:
    return {each["name"]: each["value"] for each in scenario["figures"]}


@pytest.fixture
def cluster() -> Iterator[Opening]:
    """A platform that is there before the benchmark and after it."""
    found = opening.start_embedded("current")
    yield found
    found.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_run_keeps_what_it_measured_and_nothing_else(
    cluster: Opening, tmp_path: Path, number: signal.Signals
) -> None:
    target = ["--target", "cluster", "--kubeconfig", cluster.kubeconfig]
    process = bench(*TINY, *target, "--report-dir", str(tmp_path))
    results = tmp_path / "results.json"
    wait(lambda: results.exists() and json.loads(results.read_text())["bench"] is not None, process)
    client = opening.connect(cluster.kubeconfig, cluster.context).client
    mine = {RUN_LABEL: json.loads(results.read_text())["run_id"]}
    assert len(client.list(kinds.NAMESPACE, labels=mine)) == 1
    os.kill(process.pid, number)
    screen, _ = process.communicate(timeout=40)
    run = record.of_json(results.read_text())
    assert process.returncode == run.exit_code == 2, screen
    assert run.verdict == "interrupted"
    assert run.bench is not None
    assert run.bench["scenarios"][0]["name"] == "latency"
    assert "p50" in run.bench["scenarios"][0]["figures"]
    assert (tmp_path / "index.html").exists()
    assert "EMBEDDED platform, reached as" in screen
    left = client.list(kinds.NAMESPACE, labels=mine)
    assert [each for each in left if "deletionTimestamp" not in each["metadata"]] == []


def test_lists_what_there_is_without_a_platform() -> None:
    code, said = refused("--list")
    assert code == 0
    assert re.search(r"^knee +Up to which rate", said, re.MULTILINE)


def test_wrong_usage() -> None:
    code, said = refused("--scenario", "latencies")
    assert code == 4
    assert re.search(r"no scenario 'latencies'; there are: .*latency, .*rollout", said)
    assert refused("--rate", "0") == (4, "bench: argument --rate: 0 is not above zero; see --help\n")
    code, said = refused("--context", "prod")
    assert code == 4
    assert "add --target cluster" in said


def test_report_of_another_run_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text("{}")
    code, said = refused("--report-dir", str(tmp_path))
    assert (code, (tmp_path / "results.json").read_text()) == (4, "{}")
    assert "another run" in said


def test_no_platform(tmp_path: Path) -> None:
    missing = str(tmp_path / "kubeconfig")
    code, said = refused("--target", "cluster", "--kubeconfig", missing, "--report-dir", str(tmp_path / "report"))
    assert code == 10
    assert "there is no kubeconfig" in said
    assert record.of_json((tmp_path / "report/results.json").read_text()).verdict == "blocked"


def wait(until: Callable[[], bool], process: subprocess.Popen[str], within: float = 60) -> None:
    deadline = time.monotonic() + within
    while not until():
        assert process.poll() is None, process.stdout and process.stdout.read()
        assert time.monotonic() < deadline
        time.sleep(0.1)
