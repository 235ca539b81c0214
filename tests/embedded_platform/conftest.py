"""A whole embedded platform, as a user starts it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

STOPS_WITHIN = 20.0


@dataclass
class Up:
    """`python -m kserve_conformance.embedded up`, ready."""

    process: subprocess.Popen[str]
    kubeconfig: Path
    gateway: str

    @property
    def folder(self) -> Path:
        return self.kubeconfig.parent

    def tree(self) -> list[psutil.Process]:
        root = psutil.Process(self.process.pid)
        return [root, *root.children(recursive=True)]

    def shell(self, script: str) -> subprocess.CompletedProcess[str]:
        """As typed into a terminal in which KUBECONFIG is exported."""
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        environment = {**os.environ, "KUBECONFIG": str(self.kubeconfig), "PATH": path}
        return subprocess.run(
            ["bash", "-euc", script], env=environment, capture_output=True, text=True, timeout=60, check=False
        )


def bring_up(*options: str) -> Up:
    process = subprocess.Popen(
        [sys.executable, "-m", "kserve_conformance.embedded", "up", *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if "Ctrl-C" in line:
            break
    text = "".join(said)
    assert "KUBECONFIG=" in text, text
    kubeconfig = Path(text.partition("KUBECONFIG=")[2].split()[0])
    return Up(process, kubeconfig, text.partition("gateway ")[2].split()[0])


def take_down(up: Up) -> None:
    if up.process.poll() is None:
        up.process.send_signal(signal.SIGINT)
        try:
            up.process.wait(STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            up.process.kill()
            up.process.wait()
    for end in (up.process.stdin, up.process.stdout):
        assert end is not None
        end.close()


@pytest.fixture
def bring() -> Iterator[Callable[..., Up]]:
    """`bring("--stack", "tutorial")`."""
    started: list[Up] = []

    def start(*options: str) -> Up:
        started.append(bring_up(*options))
        return started[-1]

    yield start
    for each in started:
        take_down(each)
