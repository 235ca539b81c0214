"""What happens when a pod goes."""

from fixtures.iris import CLASSES, INSTANCES
from kserve_conformance.checks import eventually, expect
from kserve_conformance.plugin import requirement


@requirement("KC-RECOV-001")
def test_deleted_pod_is_replaced(deploy, requests, timings):
    """A service whose only pod is deleted gets another and answers again."""
    service = deploy()
    gone = service.delete_pod()
    eventually(
        "another pod to be ready",
        service.ready_pods,
        until=lambda names: names != [] and gone not in names,
        within=timings.rollout,
    )
    expect.predictions(requests.predict(service, INSTANCES), CLASSES)


@requirement("KC-RECOV-002")
def test_killed_pod_is_replaced(deploy, requests, timings):
    """A service whose only pod is killed without grace gets another and answers again."""
    service = deploy()
    gone = service.delete_pod(grace=0)
    eventually(
        "another pod to be ready",
        service.ready_pods,
        until=lambda names: names != [] and gone not in names,
        within=timings.rollout,
    )
    expect.predictions(requests.predict(service, INSTANCES), CLASSES)


@requirement("KC-RECOV-003")
def test_one_of_two_replicas_can_go(deploy, timings, traffic):
    """No request is lost when one of two replicas is deleted."""
    service = deploy(min_replicas=2)
    with traffic(service, rate=50, instances=INSTANCES) as sent:
        gone = service.delete_pod()
        eventually(
            "two other pods to be ready",
            service.ready_pods,
            until=lambda names: len(names) == 2 and gone not in names,
            within=timings.rollout,
        )
        eventually(
            "the deleted pod to be gone", service.pods, until=lambda pods: gone not in pods, within=timings.deletion
        )
    expect.nothing_lost(sent.samples, at_least=50)
