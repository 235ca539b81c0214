"""The verdicts of `make faults`, without a platform."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from kserve_conformance.embedded import runtimes
from kserve_conformance.embedded.faults import Decoy, Fault
from kserve_conformance.embedded.node.images import LAYERS, SEEDED
from kserve_conformance.model import Breach, TestResult
from kserve_conformance.proofs import verdicts

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


BESIDE = replace(PASSED, nodeid="suites/autoscaling/test_cold_start.py::test_beside")
BESIDE_RED = replace(FAILED, nodeid=BESIDE.nodeid)
FORGIVING = replace(FAULT, may_also_fail=(BESIDE.nodeid,))


@pytest.mark.parametrize(
    ("fault", "results", "fired", "verdict"),
    [
        (FAULT, [FAILED, BESIDE], 3, "caught"),
        (FAULT, [SILENT], 3, "caught"),
        (FAULT, [FAILED, replace(BESIDE, outcome="skipped")], 3, "caught"),
        (FAULT, [replace(FAILED, outcome="skipped")], 3, "missed"),
        (FAULT, [ELSEWHERE], 3, "blames something else"),
        (FAULT, [FAILED, BESIDE_RED], 3, "turns others red"),
        (FORGIVING, [FAILED, BESIDE_RED], 3, "caught"),
        (FAULT, [PASSED, BESIDE], 3, "missed"),
        (FORGIVING, [PASSED, BESIDE_RED], 3, "caught by others only"),
        (FAULT, [replace(FAILED, outcome="error")], 3, "missed"),
        (FAULT, [FAILED], 0, "never fired"),
        (FAULT, [BESIDE], 3, "not run"),
    ],
)
def test_verdicts(fault, results, fired, verdict):
    """A red test is no catch when the fault never fired, or when the report blames something else or too much."""
    assert verdicts.judge(fault, results, fired)[0] == verdict


DECOY = Decoy("D04", "extra-conditions", "controller", "more than there was", (BESIDE.nodeid,))


@pytest.mark.parametrize(
    ("results", "fired", "verdict"),
    [
        ([BESIDE], 1, "left alone"),
        ([BESIDE], 0, "never fired"),
        ([BESIDE_RED], 1, "flagged"),
        ([replace(BESIDE, outcome="error")], 1, "flagged"),
        ([BESIDE, FAILED], 1, "flagged"),
        ([PASSED], 1, "not run"),
    ],
)
def test_verdicts_of_a_decoy(results, fired, verdict):
    assert verdicts.judge_decoy(DECOY, results, fired)[0] == verdict


def test_serial_tests_are_known(faults):
    assert faults.serial("suites/upgrade/test_during.py::test_no_request_is_lost")
    assert not faults.serial("suites/autoscaling/test_cold_start.py::test_first_request_is_answered")


def test_every_fault_is_proven_on_the_stack_that_has_it(faults):
    assert faults.stack_of(FAULT) == "current"
    assert faults.stack_of(replace(FAULT, stack="tutorial")) == "tutorial"
    assert faults.stack_of(DECOY) == "current"


def test_what_a_program_acts_out_is_told_to_that_program():
    """A container learns the knobs of its program's layer, and no others."""
    sources = {path.stem: path.read_text() for path in Path(runtimes.__file__).parent.rglob("*.py")}
    sources["router_nodes"] = sources.pop("graph_nodes")
    wrong = {
        (each.id, stem, each.layer)
        for each in SEEDED
        for stem, text in sources.items()
        if f'"{each.knob}"' in text
        and each.layer != next((layer for name, layer in LAYERS.items() if stem.startswith(name)), "model server")
    }
    assert wrong == set()
