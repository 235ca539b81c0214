"""What is said while a revision cannot serve."""

from fixtures.witness import NEVER
from kserve_conformance.checks import eventually, expect
from kserve_conformance.plugin import requirement, slow

TEN_SECONDS = {"serving.knative.dev/progress-deadline": "10s"}


@slow
@requirement("KC-LIFE-035")
def test_progress_deadline_is_kept(deploy, witness, behind, timings):
    """A revision that is not ready at its progress deadline has failed, and says why."""
    service = deploy.request(spec={"predictor": witness(START_AFTER=NEVER)}, annotations=TEN_SECONDS)
    eventually(
        "the revision to have failed",
        behind(service).revision_says,
        until=lambda said: said.startswith("Ready False, ProgressDeadlineExceeded"),
        within=10 + timings.reaction,
    )
    expect.not_ready(service)


@requirement("KC-LIFE-036")
def test_old_model_stays_the_active_one(deploy, witness, timings):
    """While a new model is not there yet, the old one is reported as loaded, and the change as in progress."""
    service = deploy()
    eventually(
        "UpToDate", service.model_status, until=lambda said: said.transition == "UpToDate", within=timings.reaction
    )
    service.update(spec={"predictor": witness(START_AFTER=NEVER)})
    status = eventually(
        "the change to be in progress",
        service.model_status,
        until=lambda status: status.transition == "InProgress",
        within=timings.reaction,
    )
    expect.equal(status.active, "Loaded", of="modelStatus.states.activeModelState")
