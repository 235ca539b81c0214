"""What happens when replicas are taken away."""

from kserve_conformance.checks import eventually, expect
from kserve_conformance.plugin import requirement, slow

# Requests per second count requests as they come: one that runs for long keeps no pod.
PROXIED = {"autoscaling.knative.dev/target-burst-capacity": "-1"}


@slow
@requirement("KC-SCALE-015")
def test_running_requests_are_finished(deploy, witness, at_once, timings):
    """A request that is still running when its pod is scaled away is answered."""
    service = deploy(min_replicas=0, scale_metric="rps", annotations=PROXIED, spec={"predictor": witness()})
    running = at_once(service, n=3, taking=timings.idle_decided_proxied)
    eventually(
        "no pod to be wanted", service.wanted_replicas, until=lambda wanted: wanted == 0, within=timings.idle_to_zero
    )
    expect.count(running.ended, 0, of="requests ended before their pod had to go")
    expect.nothing_lost(running.samples(), at_least=3)
