"""From what was found to what is said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kserve_conformance.catalogue import verdict
from kserve_conformance.catalogue.profiles import Profile
from kserve_conformance.catalogue.selection import Selection
from kserve_conformance.model import Capability, Outcome, Requirement, Share, TestResult, Versions

VERSIONS = Versions(kubernetes="v1.33.4", kserve="v0.15.2", knative="1.21.1", istio="")
PROFILE = Profile("p", "", must=frozenset({"kserve", "grpc"}), should=frozenset({"restart"}))
SELECTION = Selection(
    profile=PROFILE,
    versions=VERSIONS,
    capabilities={"kserve": Capability("kserve", True, "there"), "grpc": Capability("grpc", False, "port closed")},
)
ONE = Requirement("KC-A-001", "MUST", "kserve", "It holds.", ("here",))
GRPC = replace(ONE, id="KC-A-002", capability="grpc")
RESTART = replace(ONE, id="KC-A-003", capability="restart")
NEWER = replace(ONE, id="KC-A-004", versions={"kserve": ">=0.16"})


def result(outcome: Outcome, *ids: str) -> TestResult:
    return TestResult("suites/a/test_a.py::test_a", ids, "", outcome, 1.0, 0.0, "main")


def judged(*results: TestResult, promised: tuple[Requirement, ...] = (ONE,), rehearsal: bool = False) -> str:
    counts = verdict.tally(SELECTION, promised, results)
    return verdict.judge(counts, results, rehearsal=rehearsal)


def test_all_kept_is_conformant() -> None:
    assert judged(result("passed", ONE.id)) == "conformant"


def test_skipped_must_is_partial() -> None:
    assert judged(result("passed", ONE.id), result("skipped", GRPC.id), promised=(ONE, GRPC)) == "partial"


def test_must_that_was_not_run_is_partial() -> None:
    assert judged(result("passed", ONE.id), promised=(ONE, replace(ONE, id="KC-A-009"))) == "partial"


def test_skipped_should_is_conformant() -> None:
    assert judged(result("passed", ONE.id), result("skipped", RESTART.id), promised=(ONE, RESTART)) == "conformant"


def test_promise_of_another_version_does_not_count() -> None:
    assert judged(result("passed", ONE.id), result("skipped", NEWER.id), promised=(ONE, NEWER)) == "conformant"


@pytest.mark.parametrize("outcome", ["failed", "error", "invalid"])
def test_anything_red_is_failure(outcome: Outcome) -> None:
    assert judged(result(outcome, ONE.id)) == "failure"


@pytest.mark.parametrize("outcome", ["passed", "failed"])
def test_embedded_is_rehearsed_whatever_was_found(outcome: Outcome) -> None:
    assert judged(result(outcome, ONE.id), rehearsal=True) == "rehearsed"


def test_nothing_asked_is_never_conformant() -> None:
    assert judged() == "partial"


def test_must_capability_in_should_counts_as_should() -> None:
    counts = verdict.tally(SELECTION, (ONE, RESTART), [result("passed", RESTART.id)])
    assert counts.should == Share(kept=1)
    assert counts.must == Share(unproven=1)


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        (["passed", "skipped"], 0),
        (["passed", "failed", "error", "invalid"], 1),
        (["error", "invalid"], 3),
        (["invalid", "passed"], 11),
        ([], 5),
    ],
)
def test_exit_codes(outcomes: list[Outcome], code: int) -> None:
    assert verdict.exit_code([result(each) for each in outcomes]) == code


@pytest.mark.parametrize(
    ("kserve", "kind"), [("v0.15.2", "NotApplicable"), ("v0.16.0-rc1", None), ("0.20.0", None), ("", None)]
)
def test_versions_that_cannot_be_read_exclude_nothing(kserve: str, kind: str | None) -> None:
    rc_counts = replace(NEWER, versions={"kserve": ">=0.16.0rc0"})
    skip = replace(SELECTION, versions=replace(VERSIONS, kserve=kserve)).skip(rc_counts)
    assert (skip.kind if skip else None) == kind


def test_embedded_build_metadata_does_not_disturb_ranges() -> None:
    selection = replace(SELECTION, versions=replace(VERSIONS, kubernetes="v1.33.4+embedded"))
    assert selection.skip(replace(ONE, versions={"kubernetes": "<=1.33.4"})) is None
