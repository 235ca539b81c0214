"""Requests to services in Standard mode."""

from fixtures.iris import CLASSES, INSTANCES
from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement

REQUESTS = 20


@requirement("KC-STD-001")
def test_ready_means_it_answers(standard, first_answer):
    """A service in Standard mode that says Ready answers at the URL of its status, once the gateway has heard of it."""
    expect.conditions(standard, "PredictorReady", "IngressReady", "Ready")
    expect.predictions(first_answer(standard, INSTANCES), CLASSES)


@requirement("KC-STD-002")
def test_transformer_sees_every_request(standard_pipeline, first_answer, requests):
    """Every prediction of a service in Standard mode goes through its transformer, and from there to the predictor."""
    first_answer(standard_pipeline, [1])
    answers = requests.many(REQUESTS, lambda: requests.told(standard_pipeline))
    expect.passed_through(answers, "transformer", at_least=REQUESTS)
    expect.trail(answers[0], "predictor")
