"""A transformer in the predictor's pod."""

from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement

REQUESTS = 20


@requirement("KC-PIPE-043")
def test_collocated_transformer_sees_every_request(collocated, requests):
    """Every prediction of a service with a transformer in the predictor's pod goes through it, and to the predictor."""
    answers = requests.many(REQUESTS, lambda: requests.told(collocated))
    expect.passed_through(answers, "transformer", at_least=REQUESTS)
    expect.each_trail(answers, "predictor", at_least=REQUESTS)
