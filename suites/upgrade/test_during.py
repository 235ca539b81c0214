"""What requests see while components of the platform are replaced."""

from fixtures.iris import CLASSES, INSTANCES
from kserve_conformance.checks import expect
from kserve_conformance.plugin import disruptive, requirement, serial, slow


@slow
@serial
@disruptive
@requirement("KC-UPG-001")
def test_no_request_is_lost(always_proxied, at_zero, burst, platform, timings, traffic):
    """No request is lost while the activator is replaced, neither by a busy service nor by one at zero."""
    with traffic(always_proxied, rate=100, instances=INSTANCES) as sent:
        rollout = platform.restart("activator", namespace="knative-serving")
        woken = burst(at_zero, [INSTANCES] * 20)
        rollout.finish(within=timings.rollout)
        sent.go_on(for_=timings.settle)
    expect.each_predicts(woken, [CLASSES] * 20, at_least=20)
    expect.nothing_lost(sent.samples, at_least=100)
