"""When requests take the way through an activator, which can hold them back, and when they go straight to the pods."""

from fixtures.annotations import DIRECT, PROXIED
from kserve_conformance.checks import consistently, eventually, expect
from kserve_conformance.plugin import requirement, slow


@requirement("KC-SCALE-021")
def test_without_a_burst_to_expect_requests_go_straight(deploy, witness, proxied, requests, timings):
    """A service whose target burst capacity is 0 has no activator in its path while it has pods."""
    service = deploy(annotations=DIRECT, spec={"predictor": witness()})
    eventually("no activator in the path", lambda: proxied(service), until=lambda it: not it, within=timings.reaction)
    expect.direct(requests.many(20, lambda: requests.told(service)), at_least=20)


@slow
@requirement("KC-SCALE-022")
def test_activator_can_be_kept_in_the_path(deploy, witness, proxied, timings):
    """A service whose target burst capacity is -1 keeps an activator in its path while it has pods."""
    service = deploy(annotations=PROXIED, spec={"predictor": witness()})
    consistently("an activator in the path", lambda: proxied(service), lambda it: it, during=timings.settle)
