"""When pods go, and when they stay."""

from fixtures.annotations import PROXIED
from fixtures.iris import INSTANCES
from kserve_conformance.checks import consistently, eventually, expect
from kserve_conformance.plugin import requirement, slow

WINDOW = 6  # the shortest there is


@slow
@requirement("KC-SCALE-001")
def test_idle_service_releases_its_pods(deploy, requests, timings):
    """An idle service with minReplicas 0 releases its pods in the time the autoscaler's configuration gives."""
    service = deploy(min_replicas=0)
    expect.answered(requests.predict(service, INSTANCES))
    eventually(
        "no pod to be wanted", service.wanted_replicas, until=lambda wanted: wanted == 0, within=timings.idle_to_zero
    )


@slow
@requirement("KC-SCALE-002")
def test_not_before_the_stable_window(deploy, requests, timings):
    """A service keeps its pods for the whole stable window after its last request."""
    service = deploy(min_replicas=0)
    last = requests.predict(service, INSTANCES)
    expect.answered(last)
    consistently(
        "at least one pod to be wanted",
        service.wanted_replicas,
        lambda wanted: wanted >= 1,
        during=timings.surely_kept_after(last),
    )


@slow
@requirement("KC-SCALE-007")
def test_service_without_minimum_keeps_a_pod(deploy, requests, timings):
    """A service without minReplicas keeps a pod when it is idle."""
    service = deploy(annotations=PROXIED)
    expect.answered(requests.predict(service, INSTANCES))
    consistently(
        "at least one pod to be wanted",
        service.wanted_replicas,
        lambda wanted: wanted >= 1,
        during=timings.idle_decided_proxied,
    )


@slow
@requirement("KC-SCALE-016")
def test_slow_start_is_waited_for(deploy, witness, requests, timings):
    """A service whose model loads for longer than the stable window becomes Ready and answers."""
    slow_to_load = witness(START_AFTER=f"{timings.idle_noticed:g}")
    service = deploy(min_replicas=0, spec={"predictor": slow_to_load})
    expect.predictions(requests.predict(service, INSTANCES), INSTANCES)


@slow
@requirement("KC-SCALE-033")
def test_short_window_makes_it_go_sooner(deploy, requests, timings):
    """An idle service with a window of six seconds releases its pods in the time which that window gives."""
    service = deploy(min_replicas=0, annotations={"autoscaling.knative.dev/window": f"{WINDOW}s", **PROXIED})
    expect.answered(requests.predict(service, INSTANCES))
    eventually(
        "no pod to be wanted",
        service.wanted_replicas,
        until=lambda wanted: wanted == 0,
        within=timings.idle_to_zero_proxied(window=WINDOW),
    )


@slow
@requirement("KC-SCALE-020")
def test_last_pod_is_retained(deploy, requests, timings):
    """The last pod of an idle service is kept for the retention period after the stable window."""
    retention = timings.scale_to_zero_grace + WINDOW
    retained = {
        "autoscaling.knative.dev/window": f"{WINDOW}s",
        **PROXIED,
        "autoscaling.knative.dev/scale-to-zero-pod-retention-period": f"{retention:.0f}s",
    }
    service = deploy(min_replicas=0, annotations=retained)
    last = requests.predict(service, INSTANCES)
    expect.answered(last)
    consistently(
        "a pod to be wanted",
        service.wanted_replicas,
        lambda wanted: wanted >= 1,
        during=timings.surely_retained_after(last, window=WINDOW, retention=retention),
    )
