"""What callers notice while the gateway itself is replaced."""

from kserve_conformance.checks import eventually, expect
from kserve_conformance.plugin import disruptive, requirement, serial

REQUESTS = 50


@serial
@disruptive
@requirement("KC-RECOV-017")
def test_gateway_can_be_replaced(steady, always_proxied, platform, requests, timings, traffic, record):
    """A gateway that was replaced leads every host where it led before."""
    with traffic(steady, rate=20, path="/v1/models") as sent:
        platform.stop_gateway().finish(within=timings.rollout)
        eventually(
            "the new gateway to answer for one of them",
            lambda: requests.who(steady),
            until=lambda sample: sample.answered_by == steady.model_name,
            within=timings.reaction,
        )
    record("requests lost while the gateway was replaced", len(sent.lost))
    expect.answered_only_by(requests.who_answers(steady, times=REQUESTS), steady.model_name, at_least=REQUESTS)
    expect.answered_only_by(
        requests.who_answers(always_proxied, times=REQUESTS), always_proxied.model_name, at_least=REQUESTS
    )
