"""What happens when a pod goes."""

from fixtures.iris import CLASSES, INSTANCES
from kserve_conformance.checks import eventually, expect
from kserve_conformance.plugin import requirement, slow


@requirement("KC-RECOV-001")
def test_deleted_pod_is_replaced(deploy, replaced, first_answer):
    """A service whose only pod is deleted gets another and answers again."""
    service = deploy()
    gone = service.delete_pod()
    replaced(service, gone)
    expect.predictions(first_answer(service, INSTANCES), CLASSES)


@requirement("KC-RECOV-002")
def test_killed_pod_is_replaced(deploy, replaced, first_answer):
    """A service whose only pod is killed without grace gets another and answers again."""
    service = deploy()
    gone = service.delete_pod(grace=0)
    replaced(service, gone)
    expect.predictions(first_answer(service, INSTANCES), CLASSES)


@slow
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
        sent.go_on(for_=timings.settle)
    expect.nothing_lost(sent.samples, at_least=50)


@requirement("KC-RECOV-004")
def test_replaced_pod_gets_no_traffic(deploy, first_answer, requests, timings):
    """Once a pod was replaced and its service answers again, every request is answered: none goes where it was."""
    service = deploy()
    gone = service.delete_pod()
    eventually(
        "another pod to be ready and the old one to be gone",
        lambda: (service.ready_pods(), service.pods()),
        until=lambda pods: pods[0] != [] and gone not in pods[1],
        within=timings.rollout + timings.deletion,
    )
    first_answer(service, INSTANCES)
    sent = requests.many(60, lambda: requests.predict(service, INSTANCES))
    expect.nothing_lost(sent, at_least=60)


@slow
@requirement("KC-RECOV-005")
def test_running_requests_outlive_their_pod(deploy, witness, at_once, requests_seen, timings):
    """Requests that are running when their pod is deleted are answered."""
    service = deploy(spec={"predictor": witness()})
    running = at_once(service, n=3, taking=timings.settle)
    eventually("them to run", lambda: requests_seen(service), until=lambda seen: seen == 3, within=timings.settle)
    service.delete_pod()
    expect.nothing_lost(running.samples(), at_least=3)
