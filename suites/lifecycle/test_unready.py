"""What a service that cannot work says about it."""

from fixtures.iris import NO_MODEL_HERE
from kserve_conformance.checks import eventually, expect
from kserve_conformance.plugin import requirement


@requirement("KC-LIFE-009")
def test_unknown_model_format_is_reported(deploy, timings):
    """A model format no runtime supports is reported as the reason, and the service is never Ready."""
    service = deploy.request(model_format="nosuchformat")
    status = eventually(
        "a reason why the model cannot be served",
        service.model_status,
        until=lambda status: status.reason != "",
        within=timings.reaction,
    )
    expect.equal(status.reason, "NoSupportingRuntime", of="modelStatus.lastFailureInfo.reason")
    expect.not_ready(service)


@requirement("KC-LIFE-010")
def test_missing_model_is_reported(deploy, timings):
    """A model that does not exist is reported with the initializer's exit code, and the service is never Ready."""
    service = deploy.request(storage_uri=NO_MODEL_HERE)
    status = eventually(
        "the model to be reported as failed",
        service.model_status,
        until=lambda status: status.target == "FailedToLoad",
        within=timings.failure_reported,
    )
    expect.equal(status.reason, "ModelLoadFailed", of="modelStatus.lastFailureInfo.reason")
    expect.equal(status.exit_code, 1, of="modelStatus.lastFailureInfo.exitCode")
    expect.not_ready(service)
