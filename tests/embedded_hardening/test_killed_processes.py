"""Every process of the platform is killed in turn: it comes back, or the platform says in one line what died."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.clients.iris import CLASSES, FLOWERS, NAME, READY_WITHIN, manifest
from tests.embedded_platform.conftest import Up, bring_up, take_down

BACK_WITHIN = 60.0
POD = f"kubectl get pod -l serving.kserve.io/inferenceservice={NAME} -o json"


@pytest.fixture(scope="module")
def up() -> Iterator[Up]:
    running = bring_up("--stack", "current")
    made = running.shell(
        f"kubectl apply -f - <<'EOT'\n{json.dumps(manifest(minReplicas=1))}\nEOT\n"
        f"kubectl wait isvc {NAME} --for=condition=Ready --timeout={READY_WITHIN}s"
    )
    assert made.returncode == 0, made.stdout + made.stderr
    yield running
    take_down(running)


def until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + BACK_WITHIN
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def answers(up: Up) -> bool:
    try:
        answer = httpx.post(
            f"{up.gateway}/v1/models/{NAME}:predict", json=FLOWERS, headers={"Host": f"{NAME}.default.example.com"}
        )
    except httpx.TransportError:
        return False
    return answer.status_code == 200 and answer.json() == CLASSES


def restarts(up: Up) -> int:
    statuses = json.loads(up.shell(POD).stdout)["items"][0]["status"]["containerStatuses"]
    return next(int(each["restartCount"]) for each in statuses if each["name"] == "kserve-container")


def named(up: Up, *words: str) -> psutil.Process:
    return next(each for each in up.tree() if all(word in " ".join(each.cmdline()) for word in words))


def model_server(up: Up) -> psutil.Process:
    """The forked child of the zygote that listens on the port of the model server."""
    children = named(up, "zygote_process").children()
    return next(each for each in children if 8080 in {end.laddr.port for end in each.connections("tcp4")})


def test_nothing_listens_beyond_loopback(up: Up) -> None:
    ends = [(end.laddr.ip, each.name()) for each in up.tree() for end in each.connections("inet") if not end.raddr]
    assert ends
    assert [end for end in ends if not end[0].removeprefix("::ffff:").startswith("127.")] == []


@pytest.mark.parametrize(
    "victim",
    [
        pytest.param(model_server, id="model server"),
        pytest.param(lambda up: named(up, "zygote_process"), id="zygote"),
        pytest.param(lambda up: named(up, "envoy", "queue-proxies"), id="queue proxies"),
        pytest.param(lambda up: named(up, "envoy", "/pods/"), id="gateway"),
    ],
)
def test_a_killed_process_comes_back(up: Up, victim: Callable[[Up], psutil.Process]) -> None:
    until(lambda: answers(up), "it answers before anything is killed")
    dying = victim(up)
    dying.kill()
    psutil.wait_procs([dying], timeout=5)
    until(lambda: answers(up), "it answers again")
    assert up.process.poll() is None


def test_the_model_server_restarted_in_its_pod(up: Up) -> None:
    before = restarts(up)
    model_server(up).kill()
    until(lambda: restarts(up) > before, "the container restarts")
    until(lambda: answers(up), "it answers again")


def test_a_zygote_that_dies_again_and_again_is_one_line(tmp_path: Path, monkeypatch: Any) -> None:
    """The process that pods are forked from cannot even start."""
    (tmp_path / "sitecustomize.py").write_text(
        "import os, sys\nif any('zygote_process' in each for each in sys.orig_argv):\n    os._exit(3)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    import sys

    command = [sys.executable, "-m", "kserve_conformance.embedded", "up"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (10, "")
    assert done.stderr == "embedded: the process that pods are forked from ended with code 3 while it started\n"


def test_a_killed_platform_leaves_nothing() -> None:
    up = bring_up("--stack", "current")
    family = up.tree()
    up.process.kill()
    _, alive = psutil.wait_procs(family, timeout=10)
    assert alive == []
    until(lambda: not up.folder.exists(), "its folder is removed")
    take_down(up)
