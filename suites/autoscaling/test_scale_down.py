"""What happens when replicas are taken away."""

from fixtures.annotations import PROXIED, WHOLE_TARGET
from fixtures.iris import INSTANCES
from kserve_conformance.checks import consistently, eventually, expect
from kserve_conformance.plugin import requirement, slow

# Requests per second count requests as they come: one that runs for long keeps no pod.
# The shortest window there is: without the delay, it and what follows it (12 s) would be the end of most pods.
WINDOW, DELAY = 6, 18
DELAYED = {
    "autoscaling.knative.dev/window": f"{WINDOW}s",
    "autoscaling.knative.dev/scale-down-delay": f"{DELAY}s",
    **WHOLE_TARGET,
}


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


@slow
@requirement("KC-SCALE-019")
def test_pods_are_kept_for_the_delay(deploy, traffic, timings):
    """When a load ends, its pods are kept for the scale-down delay."""
    service = deploy(scale_metric="rps", scale_target=10, annotations=DELAYED)
    with traffic(service, rate=25, instances=INSTANCES) as sent:
        eventually(
            "three pods to be wanted", service.wanted_replicas, until=lambda now: now >= 3, within=timings.scale_up
        )
    consistently(
        "three pods to be wanted",
        service.wanted_replicas,
        lambda now: now >= 3,
        during=timings.surely_delayed_after(sent.samples[-1], delay=DELAY),
    )
