"""What callers notice while the gateway itself is replaced."""

from kserve_conformance.checks import eventually, expect
from kserve_conformance.plugin import disruptive, requirement, serial

REQUESTS = 50


@serial
@disruptive
@requirement("KC-RECOV-017")
def test_gateway_can_be_replaced(deploy, platform, requests, timings, traffic, record):
    """A gateway that was replaced leads every host where it led before."""
    first, second = deploy(), deploy()
    with traffic(first, rate=20, path="/v1/models") as sent:
        platform.stop_gateway().finish(within=timings.rollout)
        eventually(
            "the new gateway to answer for one of them",
            lambda: requests.who(first),
            until=lambda sample: sample.answered_by == first.model_name,
            within=timings.reaction,
        )
    record("requests lost while the gateway was replaced", len(sent.lost))
    expect.answered_only_by(requests.who_answers(first, times=REQUESTS), first.model_name, at_least=REQUESTS)
    expect.answered_only_by(requests.who_answers(second, times=REQUESTS), second.model_name, at_least=REQUESTS)
