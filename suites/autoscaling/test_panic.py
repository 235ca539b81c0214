"""How fast a burst is met."""

from fixtures.annotations import WHOLE_TARGET
from fixtures.iris import INSTANCES
from kserve_conformance.checks import consistently, eventually
from kserve_conformance.plugin import requirement, slow

TARGET_RATE = 5
RATE = 17  # wants 17/5, that is four pods, and the fourth only when the average is above 15
# A stable window full of silence needs 15/17 of itself, 14 s, to reach that average; the panic window, a tenth of it,
# needs 2 s (serving pkg/autoscaler/scaling/autoscaler.go). Half of the stable window tells them apart.
WINDOW = 16
PANIC = {
    "autoscaling.knative.dev/window": f"{WINDOW}s",
    "autoscaling.knative.dev/panic-window-percentage": "10",
    "autoscaling.knative.dev/panic-threshold-percentage": "200",
    **WHOLE_TARGET,
}


@slow
@requirement("KC-SCALE-005")
def test_burst_is_met_within_the_panic_window(deploy, traffic):
    """A burst far above the target is met with pods within the panic window, not the stable one."""
    service = deploy(max_replicas=4, scale_metric="rps", scale_target=TARGET_RATE, annotations=PANIC)
    consistently("one pod to be wanted", service.wanted_replicas, lambda wanted: wanted == 1, during=WINDOW)
    with traffic(service, rate=RATE, instances=INSTANCES):
        eventually(
            "four pods to be wanted",
            service.wanted_replicas,
            until=lambda wanted: wanted >= 4,
            within=WINDOW / 2,
        )
