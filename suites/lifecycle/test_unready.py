"""What a service that cannot work says about it."""

from fixtures.iris import NO_IMAGE, NO_MODEL_HERE, UNKNOWN_SCHEME, UNREADABLE_FOR_XGBOOST
from kserve_conformance.checks import eventually, expect
from kserve_conformance.plugin import requirement

TOO_LONG = "a-name-" + "x" * 56  # as long as a Knative Service's may be, before the word predictor is added
TOO_GREAT = {"requests": {"cpu": "10000"}, "limits": {"cpu": "10000"}}


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


@requirement("KC-LIFE-039")
def test_field_behind_a_flag_is_refused(deploy, warned_without_pods):
    """A field that Knative takes only with a feature flag is refused while that is off, which a warning event tells."""
    service = deploy.request(spec={"predictor": {"nodeSelector": {"kubernetes.io/os": "linux"}}})
    warned_without_pods(service, "spec.template.spec.nodeSelector")


@requirement("KC-LIFE-040")
def test_name_that_is_too_long_is_told(deploy, warned_without_pods):
    """A name that is too long for a Knative Service is told in a warning event, and no pod is started for it."""
    service = deploy.request(exact_name=TOO_LONG)
    warned_without_pods(service, "63 characters")


@requirement("KC-LIFE-018")
def test_unknown_runtime_is_reported(deploy, refused_model):
    """A runtime that does not exist is reported as the reason, and the service is never Ready."""
    service = deploy.request(spec={"predictor": {"model": {"runtime": "no-such-runtime"}}})
    status = refused_model(service)
    expect.equal(status.reason, "RuntimeNotRecognized", of="modelStatus.lastFailureInfo.reason")
    expect.not_ready(service)


@requirement("KC-LIFE-019")
def test_unknown_scheme_is_told(deploy, warned_without_pods):
    """A model URI of an unknown scheme is told in a warning event, and no pod is started for it."""
    service = deploy.request(storage_uri=UNKNOWN_SCHEME)
    warned_without_pods(service, UNKNOWN_SCHEME)


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
def test_two_places_of_a_model_are_told(deploy, warned_without_pods):
    """A model with a storage uri and a storage path is told in a warning event, and no pod is started for it."""
    service = deploy.request(spec={"predictor": {"model": {"storage": {"path": "models/iris"}}}})
    warned_without_pods(service, "storage.path")


@requirement("KC-LIFE-030")
def test_pod_that_fits_nowhere_is_told(deploy, timings):
    """A pod that is too great for every node is told at its service, with what there is too little of."""
    service = deploy.request(spec={"predictor": {"model": {"resources": TOO_GREAT}}})
    eventually(
        "the reason at the predictor",
        lambda: service.said("PredictorReady"),
        until=lambda said: "Insufficient cpu" in said,
        within=timings.failure_reported,
    )
    expect.not_ready(service)
