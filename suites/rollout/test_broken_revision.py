"""A canary that does not work."""

from fixtures.iris import NO_MODEL_HERE
from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement, slow


@slow
@requirement("KC-ROLL-006")
def test_broken_revision_gets_no_traffic(deploy, initializer_failed, timings, traffic):
    """A canary that cannot become ready gets no request."""
    service = deploy()
    with traffic(service, rate=20, path="/v1/models") as sent:
        service.update(storage_uri=NO_MODEL_HERE, canary_percent=50)
        initializer_failed(service)
        sent.go_on(for_=timings.settle)
    expect.answered_only_by(sent.samples, service.model_name, at_least=50)
