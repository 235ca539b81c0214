"""Requests to a service at zero."""

from fixtures.annotations import PROXIED
from fixtures.iris import CLASSES, INSTANCES
from kserve_conformance.checks import eventually, expect
from kserve_conformance.plugin import requirement, slow

TIMEOUT = 2  # seconds, half of what the witness needs to start
TWO_AT_ONCE = {**PROXIED, "autoscaling.knative.dev/activation-scale": "2"}


@slow
@requirement("KC-SCALE-003")
def test_first_request_is_answered(service_at_zero, requests):
    """The first request to a service at zero is held and answered."""
    service = service_at_zero()
    expect.predictions(requests.predict(service, INSTANCES), CLASSES)


@slow
@requirement("KC-SCALE-004")
def test_burst_from_zero_is_answered_whole(at_zero, burst):
    """Every request of a burst to a service at zero is answered."""
    expect.each_predicts(burst(at_zero, [INSTANCES] * 50), [CLASSES] * 50, at_least=50)


@slow
@requirement("KC-SCALE-017")
def test_first_answer_comes_from_a_loaded_model(held, requests):
    """The first request to a service at zero waits until the model is loaded, however long after the pod's start."""
    expect.predictions(requests.predict(held, INSTANCES), INSTANCES)


@slow
@requirement("KC-SCALE-018")
def test_wakes_with_its_activation_scale(service_at_zero, requests, timings):
    """A service at zero wakes with as many pods as its activation scale says."""
    service = service_at_zero(annotations=TWO_AT_ONCE)
    expect.answered(requests.predict(service, INSTANCES))
    eventually("two pods to be wanted", service.wanted_replicas, until=lambda n: n >= 2, within=timings.reaction)


@slow
@requirement("KC-SCALE-032")
def test_cold_start_beyond_the_timeout(service_at_zero, witness, requests, timings):
    """A request whose pod takes longer than the service's timeout to start ends in 504, and later ones are answered."""
    slow_to_load = {**witness(START_AFTER="4"), "timeout": TIMEOUT}
    service = service_at_zero(annotations=PROXIED, spec={"predictor": slow_to_load})
    first = requests.predict(service, INSTANCES)
    expect.status(first, 504)
    expect.within(first.seconds, low=TIMEOUT, high=TIMEOUT + timings.ready_to_answer, of="seconds to the 504")
    eventually(
        "a later request to be answered",
        lambda: requests.predict(service, INSTANCES),
        until=lambda sample: sample.status == 200,
        within=timings.rollout,
    )


@slow
@requirement("KC-SCALE-034")
def test_waking_is_given_up(service_at_zero, fragile, requests, timings):
    """A service at zero that cannot be woken is put back to zero after its progress deadline."""
    deadline = timings.short_progress_deadline
    service = service_at_zero(
        annotations={**PROXIED, "serving.knative.dev/progress-deadline": f"{deadline:.0f}s"},
        spec={"predictor": {**fragile.predictor, "timeout": TIMEOUT}},
    )
    fragile.break_()
    expect.status(requests.predict(service, INSTANCES), 504)
    expect.some(service.pods(), of="pods that were started for the request")
    eventually(
        "no pod to be wanted",
        service.wanted_replicas,
        until=lambda wanted: wanted == 0,
        within=timings.given_up(progress_deadline=deadline),
    )
    eventually("no pod to be left", service.pods, until=lambda pods: not pods, within=timings.deletion)
