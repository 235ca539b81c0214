"""`pytest suites/ --target cluster|kind`: the same suites through any kubeconfig, or one clear line and exit 10."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
UNREACHABLE = 10


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """The kubeconfig of a platform that a user has started in another terminal."""
    command = [sys.executable, "-m", "kserve_conformance.embedded", "up", "--lifeline"]
    pipe, log = subprocess.PIPE, tmp_path / "log"
    with (
        log.open("w") as errors,
        subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=errors, text=True) as process,
    ):
        assert process.stdout is not None
        assert process.stdin is not None
        announced = next((line for line in process.stdout if "export KUBECONFIG=" in line), None)
        assert announced, log.read_text()
        yield yaml.safe_load(Path(announced.partition("=")[2].strip()).read_text())
        process.stdin.close()


@pytest.fixture
def preflight(tmp_path: Path) -> Any:
    """`pytest suites/preflight` as a user types it: its exit code, what it printed, and results.json."""

    def run(*options: str, **environment: str) -> tuple[int, str, dict[str, Any]]:
        report = tmp_path / f"report-{len(list(tmp_path.iterdir()))}"
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "suites/preflight", "--report-dir", str(report), *options],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        said = done.stdout + done.stderr
        assert "Traceback" not in said, said
        return done.returncode, said, json.loads((report / "results.json").read_text())

    return run


def named(config: dict[str, Any], context: str, path: Path) -> str:
    """The same server under another context, beside one that is current and leads nowhere."""
    elsewhere = {"name": "prod", "context": {"cluster": "nowhere", "user": "nobody"}}
    renamed = {**config["contexts"][0], "name": context}
    content = {**config, "contexts": [elsewhere, renamed], "current-context": "prod"}
    path.write_text(yaml.safe_dump(content))
    return str(path)


def test_the_same_suites_run_through_any_kubeconfig(embedded, preflight, tmp_path):
    ours = "kind-kserve-conformance-current"
    path = named(embedded, ours, tmp_path / "kubeconfig")
    as_cluster = preflight("--target", "cluster", "--kubeconfig", path, "--context", ours)
    as_kind = preflight("--target", "kind", KUBECONFIG=path)
    for kind, (code, said, found) in {"cluster": as_cluster, "kind": as_kind}.items():
        assert code == 0, said
        assert found["target"] == {
            "kind": kind,
            "context": ours,
            "server": embedded["clusters"][0]["cluster"]["server"],
            "rehearsal": True,
        }
        assert found["verdict"] == "rehearsed"
        assert f"the server behind {ours} is an embedded platform: a rehearsal" in said
    outcomes = [{each["nodeid"]: each["outcome"] for each in run[2]["results"]} for run in (as_cluster, as_kind)]
    assert outcomes[0] == outcomes[1]
    assert list(outcomes[0].values()).count("passed") >= 9


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--target", "cluster"], "https://127.0.0.1:1 does not answer: Connection refused; see: kubectl get namesp"),
        (["--target", "kind"], "no context is named kind-kserve-conformance-...; the kubeconfig has: prod; make one"),
    ],
)
def test_no_platform_is_one_line_and_exit_code_10(preflight, kubeconfig, options, reason):
    code, said, found = preflight(*options, "--kubeconfig", kubeconfig("prod", current="prod"))
    assert (code, found["exit_code"], found["verdict"]) == (UNREACHABLE, UNREACHABLE, "blocked")
    (line,) = [each.strip() for each in said.splitlines() if "Nothing could be judged" in each]
    assert line.startswith(f"Nothing could be judged: {reason}")
