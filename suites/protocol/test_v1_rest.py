"""KServe's V1 protocol over REST."""

from fixtures.iris import CLASSES, INSTANCES
from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement


@requirement("KC-V1-001")
def test_prediction_is_golden(iris, requests):
    """A V1 prediction has the golden answer, one prediction for each instance in order."""
    expect.predictions(requests.predict(iris, INSTANCES), CLASSES)


@requirement("KC-V1-002")
def test_loaded_model_says_so(iris, requests):
    """A loaded model says so at its V1 address."""
    answer = requests.get(iris, f"/v1/models/{iris.model_name}")
    expect.members(answer, name=iris.model_name, ready=True)


@requirement("KC-V1-006")
def test_answers_go_to_their_own_request(iris, burst):
    """Concurrent requests each get the answer to their own question."""
    questions = [[INSTANCES[number % len(INSTANCES)]] for number in range(60)]
    answers = burst(iris, questions)
    expect.each_predicts(answers, [[CLASSES[number % len(CLASSES)]] for number in range(60)], at_least=60)
