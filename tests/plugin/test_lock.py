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
import contextlib, pathlib, sys
from kserve_conformance.plugin import lock
with lock.inside(pathlib.Path(sys.argv[1])) as inside:
    with inside.alone(after=0) if sys.argv[2] == "alone" else contextlib.nullcontext():
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
        with lock.inside(tmp_path) as inside, inside.alone(after=0):
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
    with lock.inside(tmp_path) as inside, inside.alone(after=0):
        lock.remove(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_two_inside_who_ask_to_be_alone_take_turns(tmp_path):
    both, order = threading.Barrier(2), []

    def serial(name: str) -> None:
        with lock.inside(tmp_path) as inside:
            both.wait(10)
            with inside.alone(after=0):
                order.extend([name, name])

    threads = [threading.Thread(target=serial, args=(name,), daemon=True) for name in "ab"]
    for each in threads:
        each.start()
    for each in threads:
        each.join(10)
    assert order in (["a", "a", "b", "b"], ["b", "b", "a", "a"])


def test_who_wants_to_be_alone_lets_the_others_be_over_first(tmp_path):
    done: list[str] = []

    def other() -> None:
        with lock.inside(tmp_path):
            done.append("begun")
        lock.one_over(tmp_path)
        with lock.inside(tmp_path):
            done.append("another")
        lock.one_over(tmp_path)

    with lock.inside(tmp_path) as inside:
        thread = threading.Thread(target=other)
        thread.start()
        with inside.alone(after=2):
            assert done == ["begun", "another"]
    thread.join(10)


def test_tests_that_nobody_will_run_are_not_waited_for_long(tmp_path):
    with lock.inside(tmp_path) as inside, inside.alone(after=99) as queued:
        assert queued < 10
    lock.one_over(tmp_path)
    lock.remove(tmp_path)
    assert list(tmp_path.iterdir()) == []
