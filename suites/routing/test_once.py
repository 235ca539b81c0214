"""How often a request reaches the model."""

from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement

REQUESTS = 10


@requirement("KC-ROUTE-009")
def test_request_reaches_the_model_once(echo, requests):
    """A request reaches the model once, also when the model answers it with an error."""
    before = requests.seen(echo)
    sent = [requests.told(echo, status=status) for status in (200, 500) for _ in range(REQUESTS)]
    expect.executed_once(sent, before=before, after=requests.seen(echo), at_least=2 * REQUESTS)


@requirement("KC-ROUTE-010")
def test_unavailable_is_not_asked_again(echo, requests):
    """A request that the model answers with 503 is not sent to it again."""
    before = requests.seen(echo)
    sent = [requests.told(echo, status=503) for _ in range(REQUESTS)]
    expect.executed_once(sent, before=before, after=requests.seen(echo), at_least=REQUESTS)
