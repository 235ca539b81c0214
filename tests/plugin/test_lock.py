"""Serial tests run alone."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kserve_conformance.plugin import lock

HOLD = """
import sys, pathlib
from kserve_conformance.plugin import lock
with lock.held(pathlib.Path(sys.argv[1]), alone=sys.argv[2] == "alone"):
    print("inside", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    """A process that wants the lock, says when it has it, and lets go when its standard input ends."""
    started: list[subprocess.Popen[str]] = []

    def start(how: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", HOLD, str(tmp_path), how]
        started.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait(10)
        for end in (process.stdin, process.stdout):
            assert end is not None
            end.close()


def says_inside(process: subprocess.Popen[str]) -> bool:
    assert process.stdout is not None
    return process.stdout.readline() == "inside\n"


def let_go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.close()
    process.wait(10)


def test_many_share_and_one_is_alone(tmp_path, holder):
    one, two = holder("shared"), holder("shared")
    assert says_inside(one)
    assert says_inside(two)
    order: list[str] = []

    def serial() -> None:
        with lock.held(tmp_path, alone=True):
            order.append("serial")

    waiting = threading.Thread(target=serial)
    waiting.start()
    let_go(one)
    assert order == []
    let_go(two)
    waiting.join(10)
    assert order == ["serial"]


def test_killed_holder_lets_go(tmp_path, holder):
    process = holder("alone")
    assert says_inside(process)
    process.kill()
    process.wait(10)
    with lock.held(tmp_path, alone=True):
        lock.remove(tmp_path)
    assert list(tmp_path.iterdir()) == []
