"""What is said while a revision cannot serve."""

from kserve_conformance.checks import eventually, expect
from kserve_conformance.plugin import requirement

NO_IMAGE = "registry.invalid/no-such-image:1"
NEVER = "86400"  # seconds
TEN_SECONDS = {"serving.knative.dev/progress-deadline": "10s"}
TWO_PLACES = {"storageUri": "s3://models/iris", "storage": {"path": "iris"}}


@requirement("KC-LIFE-028")
def test_missing_image_is_told(deploy, timings):
    """An image that cannot be fetched is named in the condition of the predictor, and the service is never Ready."""
    service = deploy.request(spec={"predictor": {"model": {"image": NO_IMAGE}}})
    eventually(
        "the predictor to name the image",
        lambda: service.said("PredictorReady"),
        until=lambda said: said.startswith("PredictorReady False") and NO_IMAGE in said,
        within=timings.failure_reported,
    )
    expect.not_ready(service)


@requirement("KC-LIFE-029")
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


@requirement("KC-LIFE-030")
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


@requirement("KC-LIFE-031")
def test_two_places_of_a_model_are_told(deploy, timings):
    """A model with a URI and a storage path is told in a warning event, and no pod is started for it."""
    service = deploy.request(spec={"predictor": {"model": TWO_PLACES}})
    eventually(
        "a warning event about the two places",
        service.warnings,
        until=lambda said: "only one of storageUri and storage.path" in said,
        stop=lambda _: service.pods() != [],
        within=timings.reaction,
    )
    expect.count(service.pods(), 0, of="pods")
