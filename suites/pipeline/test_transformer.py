"""Transformer and explainer beside a predictor."""

from fixtures.pipeline import not_for_explanations
from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement

REQUESTS = 20


@requirement("KC-PIPE-001")
def test_transformer_sees_every_request(pipeline, requests):
    """Every prediction of a service with a transformer goes through it, and from there to the predictor."""
    answers = requests.many(REQUESTS, lambda: requests.told(pipeline))
    expect.passed_through(answers, "transformer", at_least=REQUESTS)
    expect.each_trail(answers, "predictor", at_least=REQUESTS)


@requirement("KC-PIPE-002")
def test_status_codes_pass_through(pipeline, requests):
    """The status that a predictor answers with is the one the client gets through a transformer."""
    expect.status(requests.told(pipeline, status=404), 404)
    expect.status(requests.told(pipeline, status=422), 422)
    expect.status(requests.told(pipeline, status=500), 500)


@requirement("KC-PIPE-003")
def test_explanations_come_from_the_explainer(pipeline, requests):
    """Requests for explanations go to the explainer, and no others do."""
    explained = requests.post(pipeline, f"/v1/models/{pipeline.model_name}:explain", {"instances": [1]})
    expect.passed_through([explained], "explainer", at_least=1)
    others = [requests.post(pipeline, path, {"instances": [1]}) for path in not_for_explanations(pipeline)]
    expect.passed_through(others, "transformer", at_least=5)
