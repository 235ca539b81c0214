"""Ctrl-C in the terminal reaches pytest and its workers at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

WAITS = """
import pathlib, threading
@requirement("KC-A-001")
def test_one(): ...

@requirement("KC-A-002")
def test_two():
    pathlib.Path("waiting").write_text("now")
    threading.Event().wait(60)
"""


@pytest.mark.parametrize("workers", ["0", "2"])
def test_interrupted_run_cleans_up(project, suite, workers):
    suite(WAITS)
    os.mkfifo(project.path / "waiting")  # who writes to it waits for the reader
    command = [sys.executable, "-m", "pytest", "suites", "--run-id", "r1", "-n", workers]
    with subprocess.Popen(command, cwd=project.path, start_new_session=True, stdout=subprocess.PIPE, text=True) as run:
        assert (project.path / "waiting").read_text() == "now"
        os.killpg(run.pid, signal.SIGINT)
        output, _ = run.communicate(timeout=40)
    assert run.returncode == 2, output
    assert project.results["verdict"] == "interrupted"
    assert {each["outcome"] for each in project.results["results"]} <= {"passed"}
    assert project.engine_log[1:3] == ["sweep r1", "close"]


HALF_MADE = """
import gc

class Half:
    def __del__(self):
        raise OSError("half made")

@requirement("KC-A-001")
def test_one():
    gc.disable()  # so that it goes when the run ends
    half = Half()
    half.itself = half
    del half
    raise KeyboardInterrupt
"""


def test_what_an_interrupt_leaves_half_made_changes_nothing(project, suite):
    suite(HALF_MADE)
    command = [sys.executable, "-m", "pytest", "suites", "--run-id", "r1"]
    run = subprocess.run(command, cwd=project.path, capture_output=True, text=True, timeout=40, check=False)
    assert run.returncode == 2, run.stderr
    assert project.results["verdict"] == "interrupted"
