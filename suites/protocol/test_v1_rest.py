"""KServe's V1 protocol over REST."""

from fixtures.iris import CLASSES, INSTANCES
from fixtures.questions import OTHER_SPELLING, classes_of, flowers, rows_of
from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement


@requirement("KC-V1-001")
def test_prediction_is_golden(iris, requests):
    """A V1 prediction has the golden answer, one prediction for each instance in order."""
    expect.predictions(requests.predict(iris, INSTANCES), CLASSES)


@requirement("KC-V1-026")
def test_root_is_alive(iris, requests):
    """A V1 server says at its root that it is alive."""
    expect.members(requests.get(iris, "/"), status="alive")


@requirement("KC-V1-002")
def test_loaded_model_says_so(iris, requests):
    """A loaded model says so at its V1 address."""
    answer = requests.get(iris, f"/v1/models/{iris.model_name}")
    expect.members(answer, name=iris.model_name, ready=True)


@requirement("KC-V1-008")
def test_list_names_the_model(iris, requests):
    """The list of V1 models names the model that is served."""
    expect.answered_by(requests.who(iris), iris.model_name)


@requirement("KC-V1-009")
def test_batch_is_answered_in_order(iris, requests):
    """A batch of 300 instances is answered with their 300 predictions in order."""
    batch = flowers(300)
    expect.predictions(requests.predict(iris, rows_of(batch)), classes_of(batch))


@requirement("KC-V1-010")
def test_every_spelling_of_json_is_read(iris, requests):
    """A request is read as JSON however that is spelled: blanks, escapes, exponents, whole numbers, unknown members."""
    answer = requests.post(iris, f"/v1/models/{iris.model_name}:predict", OTHER_SPELLING)
    expect.predictions(answer, CLASSES)


@requirement("KC-V1-011")
def test_megabytes_are_answered(iris, requests):
    """A request of two megabytes is answered with a prediction for each of its instances."""
    expect.predictions(requests.predict(iris, INSTANCES * 25_000), CLASSES * 25_000)


@requirement("KC-V1-012")
def test_inputs_are_instances(iris, requests):
    """Instances may be given as inputs in the V1 protocol."""
    answer = requests.post(iris, f"/v1/models/{iris.model_name}:predict", {"inputs": INSTANCES})
    expect.predictions(answer, CLASSES)
