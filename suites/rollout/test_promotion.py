"""What requests see while a canary is promoted."""

from kserve_conformance.checks import eventually, expect
from kserve_conformance.plugin import requirement, slow

PODS = 3


@slow
@requirement("KC-ROLL-002")
def test_no_request_is_lost_while_promoting(deploy, requests, canary, taken_over, timings, traffic):
    """No request is lost while a canary is promoted."""
    service = deploy()
    canary(service, name="canary", percent=20)
    with traffic(service, rate=50, path="/v1/models") as sent:
        service.update(canary_percent=100)
        taken_over(sent, by="canary")
        sent.go_on(for_=timings.settle)
    expect.nothing_lost(sent.samples, at_least=100)
    expect.answered_by(requests.who(service), "canary")


@requirement("KC-ROLL-008")
def test_new_revision_is_scaled_before_it_takes_over(deploy, watch, timings, traffic):
    """A new revision has all the pods it is to begin with before it takes over."""
    service = deploy(min_replicas=PODS)
    with watch() as seen, traffic(service, rate=20, path="/v1/models") as sent:
        service.update(args=["--model_name=second"])
        eventually(
            "a request to be answered by the new revision",
            sent.answerers,
            until=lambda names: "second" in names,
            within=timings.rollout,
        )
    then = seen.ready_pods(service, service.rollout().created, at=sent.first(by="second").done)
    expect.pods(then, of="the revision that has taken over", at_least=PODS)
