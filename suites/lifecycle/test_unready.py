"""What a service that cannot work says about it."""

from fixtures.iris import NO_IMAGE, NO_MODEL_HERE, UNKNOWN_SCHEME, UNREADABLE_FOR_XGBOOST
from kserve_conformance.checks import eventually, expect
from kserve_conformance.plugin import requirement


@requirement("KC-LIFE-009")
def test_unknown_model_format_is_reported(deploy, refused_model):
    """A model format no runtime supports is reported as the reason, and the service is never Ready."""
    service = deploy.request(model_format="nosuchformat")
    status = refused_model(service)
    expect.equal(status.reason, "NoSupportingRuntime", of="modelStatus.lastFailureInfo.reason")
    expect.not_ready(service)


@requirement("KC-LIFE-010")
def test_missing_model_is_reported(deploy, failed_model):
    """A model that does not exist is reported with the initializer's exit code, and the service is never Ready."""
    service = deploy.request(storage_uri=NO_MODEL_HERE)
    status = failed_model(service)
    expect.equal(status.reason, "ModelLoadFailed", of="modelStatus.lastFailureInfo.reason")
    expect.equal(status.exit_code, 1, of="modelStatus.lastFailureInfo.exitCode")
    expect.not_ready(service)


@requirement("KC-LIFE-013")
def test_unloadable_model_is_reported(deploy, failed_model):
    """A model that its server cannot load is reported as failed, and the service is never Ready."""
    service = deploy.request(model_format="xgboost", storage_uri=UNREADABLE_FOR_XGBOOST)
    status = failed_model(service)
    expect.equal(status.reason, "ModelLoadFailed", of="modelStatus.lastFailureInfo.reason")
    expect.not_ready(service)


@requirement("KC-LIFE-014")
def test_refusal_by_knative_is_told(deploy, timings):
    """What Knative refuses about a service is told in a warning event of the service."""
    service = deploy.request(annotations={"autoscaling.knative.dev/window": "2s"})
    eventually(
        "a warning event about the window",
        service.warnings,
        until=lambda said: "autoscaling.knative.dev/window" in said,
        within=timings.reaction,
    )
    expect.not_ready(service)


@requirement("KC-LIFE-018")
def test_unknown_runtime_is_reported(deploy, refused_model):
    """A runtime that does not exist is reported as the reason, and the service is never Ready."""
    service = deploy.request(spec={"predictor": {"model": {"runtime": "no-such-runtime"}}})
    status = refused_model(service)
    expect.equal(status.reason, "RuntimeNotRecognized", of="modelStatus.lastFailureInfo.reason")
    expect.not_ready(service)


@requirement("KC-LIFE-019")
def test_unknown_scheme_is_told(deploy, timings):
    """A model URI of an unknown scheme is told in a warning event, and no pod is started for it."""
    service = deploy.request(storage_uri=UNKNOWN_SCHEME)
    eventually(
        "a warning event about the URI",
        service.warnings,
        until=lambda said: UNKNOWN_SCHEME in said,
        stop=lambda _: service.pods() != [],
        within=timings.reaction,
    )
    expect.count(service.pods(), 0, of="pods")


@requirement("KC-LIFE-023")
def test_missing_image_is_told(deploy, timings):
    """An image that does not exist is named in the service's conditions, and the service is never Ready."""
    service = deploy.request(spec={"predictor": {"model": {"image": NO_IMAGE}}})
    eventually(
        "the image to be named",
        lambda: service.said("PredictorConfigurationReady"),
        until=lambda said: NO_IMAGE in said,
        within=timings.failure_reported,
    )
    expect.not_ready(service)


@requirement("KC-LIFE-024")
def test_two_places_of_a_model_are_told(deploy, timings):
    """A model with a storage uri and a storage path is told in a warning event, and no pod is started for it."""
    service = deploy.request(spec={"predictor": {"model": {"storage": {"path": "models/iris"}}}})
    eventually(
        "a warning event about the path",
        service.warnings,
        until=lambda said: "storage.path" in said,
        stop=lambda _: service.pods() != [],
        within=timings.reaction,
    )
    expect.count(service.pods(), 0, of="pods")
