"""Which runtime serves a model that names none."""

from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement


@requirement("KC-LIFE-037")
def test_disabled_runtime_is_not_chosen(deploy, runtime, requests):
    """Of two runtimes for a model format, the one that is disabled is not chosen."""
    runtime(model_format="half-disabled", priority=1, NAME="enabled")
    runtime(model_format="half-disabled", priority=2, NAME="disabled", disabled=True)
    service = deploy(model_format="half-disabled", protocol="v1")
    expect.answered_by(requests.who(service), "enabled")


@requirement("KC-LIFE-033")
def test_higher_priority_is_chosen(deploy, runtime, requests):
    """Of two runtimes for a model format, the one of the higher priority is chosen."""
    runtime(model_format="ranked", priority=2, NAME="preferred")
    runtime(model_format="ranked", priority=1, NAME="other")
    service = deploy(model_format="ranked", protocol="v1")
    expect.answered_by(requests.who(service), "preferred")


@requirement("KC-LIFE-034")
def test_runtime_of_another_protocol_is_not_chosen(deploy, runtime, refused_model):
    """A model for which there are only runtimes of another protocol is reported as unsupported, and never Ready."""
    runtime(model_format="only-second", protocol="v2")
    service = deploy.request(model_format="only-second", protocol="v1")
    status = refused_model(service)
    expect.equal(status.reason, "NoSupportingRuntime", of="modelStatus.lastFailureInfo.reason")
    expect.not_ready(service)
