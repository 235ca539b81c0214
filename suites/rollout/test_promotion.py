"""What requests see while a canary is promoted."""

from kserve_conformance.checks import eventually, expect
from kserve_conformance.plugin import requirement


@requirement("KC-ROLL-002")
def test_no_request_is_lost_while_promoting(deploy, requests, canary, timings, traffic):
    """No request is lost while a canary is promoted."""
    service = deploy()
    canary(service, name="canary", percent=20)
    with traffic(service, rate=50, path="/v1/models") as sent:
        service.update(canary_percent=100)
        eventually(
            "only the canary to answer",
            lambda: [each.answered_by for each in sent.last(50)],
            until=lambda names: set(names) == {"canary"},
            within=timings.rollout,
        )
        sent.go_on(for_=timings.settle)
    expect.nothing_lost(sent.samples, at_least=100)
    expect.answered_by(requests.who(service), "canary")
