"""How fast a burst is met."""

from fixtures.iris import INSTANCES
from kserve_conformance.checks import eventually, expect
from kserve_conformance.plugin import requirement

# With a stable window of 60 s the stable average alone needs more than 40 s of this load before it wants four pods;
# the panic window, a tenth of it, wants them within seconds (serving pkg/autoscaler/scaling/autoscaler.go).
WINDOW = {"autoscaling.knative.dev/window": "60s"}
TARGET_RATE = 5
RATE = 4 * TARGET_RATE


@requirement("KC-SCALE-005")
def test_burst_is_met_within_the_panic_window(deploy, traffic, timings):
    """A burst far above the target is met with pods within the panic window, not the stable one."""
    service = deploy(max_replicas=4, scale_metric="rps", scale_target=TARGET_RATE, annotations=WINDOW)
    with traffic(service, rate=RATE, instances=INSTANCES):
        eventually(
            "four pods to be wanted",
            service.wanted_replicas,
            until=lambda wanted: wanted >= 4,
            within=timings.panic_reaction(stable_window=60),
        )


@requirement("KC-SCALE-006")
def test_never_more_than_max(deploy, traffic, timings):
    """A service under load never wants more replicas than its maximum."""
    service = deploy(max_replicas=2, scale_metric="rps", scale_target=TARGET_RATE)
    with traffic(service, rate=RATE, instances=INSTANCES) as sent, service.watch_replicas() as wanted:
        eventually(
            "two pods to be wanted", service.wanted_replicas, until=lambda now: now >= 2, within=timings.scale_up
        )
        sent.go_on(for_=timings.stable_window)
    expect.at_most(wanted.seen, 2, of="wanted replicas", at_least=2)
