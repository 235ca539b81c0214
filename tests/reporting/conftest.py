"""One run of each sort that reports have to show."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kserve_conformance.model import (
    Breach,
    Capability,
    Requirement,
    Run,
    Share,
    Skip,
    Tally,
    Target,
    TestResult,
    Versions,
)

KEPT = "A service becomes Ready, and the conditions it depends on are True then."
LOST = "The first request to a service at zero is held and answered."
UPGRADE = "No request is lost while the activator is replaced."

BREACH = Breach(
    promise=LOST,
    expected="HTTP 200 with predictions [1, 1]",
    observed="HTTP 503 after 0.01 s: <b>activator overload</b> | nobody named, so the gateway answered",
    likely="the activator answers instead of holding the request",
    evidence="evidence/autoscaling/test_cold_start/test_first_request_is_answered",
    next="read activator.log in the evidence",
    curl="curl -s -H 'Host: iris.kc.example.com' http://127.0.0.1:8080/v1/models/iris:predict -d '{\"instances\": []}'",
)


def _result(nodeid: str, requirement: str, promise: str, *, start: float, seconds: float, worker: str) -> TestResult:
    return TestResult(
        nodeid=f"suites/{nodeid}",
        requirements=(requirement,),
        promise=promise,
        outcome="passed",
        seconds=seconds,
        start=start,
        worker=worker,
    )


READY = _result(
    "lifecycle/test_ready.py::test_ready_service_has_true_conditions",
    "KC-LIFE-001",
    KEPT,
    start=0.5,
    seconds=1.25,
    worker="gw0",
)
COLD = replace(
    _result(
        "autoscaling/test_cold_start.py::test_first_request_is_answered",
        "KC-SCALE-003",
        LOST,
        start=0.6,
        seconds=14.0,
        worker="gw1",
    ),
    waited="12 s for no pods",
)
DURING = _result(
    "upgrade/test_during.py::test_no_request_is_lost", "KC-UPG-001", UPGRADE, start=15.0, seconds=0.0, worker="gw0"
)

RUN = Run(
    run_id="20260920-140207-7f",
    started="2026-09-20T14:02:07+00:00",
    seconds=47.6,
    target=Target(kind="embedded", context="embedded", server="https://127.0.0.1:6443", rehearsal=True),
    versions=Versions(kubernetes="1.33.4+embedded", kserve="0.20.0", knative="1.21.1", istio="1.27.1"),
    profile="serverless",
    options={"--target": "embedded", "--stack": "current", "--keep": "never", "-n": "2"},
    capabilities=(
        Capability("serverless", True, "InferenceServices are deployed on Knative by default"),
        Capability("restart-components", False, "may not patch deployments in knative-serving"),
    ),
    requirements=(
        Requirement("KC-LIFE-001", "MUST", "serverless", KEPT, ("kserve v0.20.0 inference_service_status.go",)),
        Requirement("KC-SCALE-003", "MUST", "scale-to-zero", LOST, ("serving pkg/activator/handler/handler.go",)),
        Requirement("KC-UPG-001", "SHOULD", "restart-components", UPGRADE, ("serving test/ha/activator_test.go",)),
    ),
    results=(
        replace(READY, figures={"seconds from Ready to the first answer": 0.0123}),
        COLD,
        replace(
            DURING,
            outcome="skipped",
            skip=Skip("NotSupported", "restart-components: may not patch deployments in knative-serving"),
        ),
    ),
    verdict="rehearsed",
    exit_code=0,
    tally=Tally(must=Share(kept=2), should=Share(skipped=1)),
    command="pytest suites/ -n 2",
)


@pytest.fixture
def rehearsed() -> Run:
    """All kept, one skipped, on the embedded platform."""
    return RUN


@pytest.fixture
def broken() -> Run:
    """A promise broken, on a cluster."""
    cold = replace(COLD, outcome="failed", breach=BREACH, details="E   BrokenPromise: <script>alert(1)</script>\x1b[0m")
    return replace(
        RUN,
        target=Target(kind="cluster", context="prod-eu", server="https://prod:6443", rehearsal=False),
        versions=replace(RUN.versions, kubernetes="1.33.4"),
        options={**RUN.options, "--target": "cluster", "--context": "prod-eu"},
        results=(RUN.results[0], cold, RUN.results[2]),
        verdict="failure",
        exit_code=1,
        tally=Tally(must=Share(kept=1, broken=1), should=Share(skipped=1)),
    )


@pytest.fixture
def blocked() -> Run:
    """No platform was there."""
    return replace(
        RUN,
        target=Target(kind="cluster", context="prod-eu", server="", rehearsal=False),
        versions=Versions("", "", "", ""),
        capabilities=(),
        results=(),
        seconds=0.4,
        verdict="blocked",
        exit_code=10,
        tally=Tally(must=Share(unproven=2), should=Share(unproven=1)),
        note="https://prod:6443 does not answer; check: kubectl --context prod-eu version",
    )
