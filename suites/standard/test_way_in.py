"""Requests to services in Standard mode."""

from fixtures.iris import CLASSES, INSTANCES
from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement

REQUESTS = 20


@requirement("KC-STD-001")
def test_ready_means_it_answers(standard, requests):
    """A service in Standard mode that says Ready answers at the URL of its status."""
    expect.conditions(standard, "PredictorReady", "IngressReady", "Ready")
    expect.predictions(requests.predict(standard, INSTANCES), CLASSES)


@requirement("KC-STD-002")
def test_transformer_sees_every_request(standard_pipeline, requests):
    """Every prediction of a service in Standard mode goes through its transformer, and from there to the predictor."""
    answers = requests.many(REQUESTS, lambda: requests.told(standard_pipeline))
    expect.passed_through(answers, "transformer", at_least=REQUESTS)
    expect.trail(answers[0], "predictor")
