"""Requests to a service at zero."""

from fixtures.iris import CLASSES, INSTANCES
from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement, slow


@slow
@requirement("KC-SCALE-003")
def test_first_request_is_answered(service_at_zero, requests):
    """The first request to a service at zero is held and answered."""
    service = service_at_zero()
    expect.predictions(requests.predict(service, INSTANCES), CLASSES)


@slow
@requirement("KC-SCALE-004")
def test_burst_from_zero_is_answered_whole(service_at_zero, burst):
    """Every request of a burst to a service at zero is answered."""
    service = service_at_zero()
    expect.each_predicts(burst(service, [INSTANCES] * 50), [CLASSES] * 50, at_least=50)
