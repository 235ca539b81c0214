"""The verdicts of `make faults`, without a platform."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from kserve_conformance.embedded.faults import Fault
from kserve_conformance.model import Breach, TestResult

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def faults() -> ModuleType:
    spec = importlib.util.spec_from_file_location("faults_script", ROOT / "scripts/faults.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


FAULT = Fault("F052", "drop-first", "activator", "answers at once", "suites/autoscaling/test_cold_start.py::test_first")
PASSED = TestResult(FAULT.caught_by, ("KC-A-001",), "", "passed", 1.0, 0.0, "main")
FAILED = replace(PASSED, outcome="failed", breach=Breach("", "", "503", likely="the activator answers by itself"))
ELSEWHERE = replace(FAILED, breach=Breach("", "", "503", likely="the model server has crashed"))
SILENT = replace(FAILED, breach=Breach("", "", "503"))


@pytest.mark.parametrize(
    ("result", "others", "fired", "verdict"),
    [
        (FAILED, [], 3, "caught"),
        (SILENT, [], 3, "caught"),
        (ELSEWHERE, [], 3, "blames something else"),
        (PASSED, [], 3, "missed"),
        (PASSED, ["suites/x"], 3, "caught by others only"),
        (replace(FAILED, outcome="error"), [], 3, "missed"),
        (FAILED, [], 0, "never fired"),
        (None, [], 3, "not run"),
    ],
)
def test_verdicts(faults, result, others, fired, verdict):
    """A red test is no catch when the fault never fired, or when the report blames something else."""
    assert faults.judge(FAULT, result, others, fired)[0] == verdict


def test_kubeconfig_is_read_from_the_ready_line(faults):
    assert faults._kubeconfig(["booting", "  export KUBECONFIG=/run/x/kubeconfig"]) == Path("/run/x/kubeconfig")
    assert faults._kubeconfig(["booting"]) is None


def test_serial_tests_are_known(faults):
    assert faults.serial("suites/upgrade/test_during.py::test_no_request_is_lost")
    assert not faults.serial("suites/autoscaling/test_cold_start.py::test_first_request_is_answered")
