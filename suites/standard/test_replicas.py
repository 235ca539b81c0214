"""How many pods a service in Standard mode has."""

from fixtures.iris import CLASSES, INSTANCES
from kserve_conformance.checks import consistently, eventually, expect
from kserve_conformance.plugin import requirement, slow


@requirement("KC-STD-004")
def test_bounds_are_the_autoscalers(deploy_standard, timings):
    """The autoscaler of a service in Standard mode has the service's minimum and maximum of replicas, also after a
    change of them.
    """
    service = deploy_standard(max_replicas=3)
    expect.equal(service.bounds(), (1, 3), of="the autoscaler's bounds")
    service.update(min_replicas=2, max_replicas=4)
    eventually("the new bounds", service.bounds, until=lambda said: said == (2, 4), within=timings.reaction)


@slow
@requirement("KC-STD-005")
def test_minimum_is_kept_ready(deploy_standard, timings):
    """A service in Standard mode comes to as many ready pods as its minimum says, and keeps them."""
    service = deploy_standard(min_replicas=2)
    eventually("2 ready pods", service.ready_pods, until=lambda pods: len(pods) == 2, within=timings.rollout)
    consistently("2 ready pods", service.ready_pods, lambda pods: len(pods) == 2, during=timings.settle)


@requirement("KC-STD-006")
def test_never_without_a_pod(deploy_standard, first_answer):
    """A service in Standard mode whose minimum is 0 keeps one pod, and answers."""
    service = deploy_standard(min_replicas=0)
    expect.equal(service.bounds()[0], 1, of="the autoscaler's minimum")
    expect.some(service.ready_pods(), of="ready pods")
    expect.predictions(first_answer(service, INSTANCES), CLASSES)
