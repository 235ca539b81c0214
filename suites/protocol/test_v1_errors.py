"""Bad requests to the V1 protocol: the right status, a JSON error, and a server that lives on."""

from fixtures.iris import CLASSES, INSTANCES, V1_REQUEST
from fixtures.questions import NO_MODEL
from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement


@requirement("KC-V1-003")
def test_unknown_model_is_not_found(iris, requests):
    """A prediction from an unknown model is answered 404 with a JSON error."""
    answer = requests.post(iris, f"/v1/models/{NO_MODEL}:predict", V1_REQUEST)
    expect.json_error(answer, status=404)


@requirement("KC-V1-004")
def test_malformed_json_is_a_bad_request(iris, requests):
    """A body that is not JSON is answered 400 with a JSON error."""
    answer = requests.post(iris, f"/v1/models/{iris.model_name}:predict", b'{"instances": [[6.8, 2.8')
    expect.json_error(answer, status=400)


@requirement("KC-V1-007")
def test_other_content_type_is_no_prediction_request(iris, requests):
    """A JSON body under another content type is not taken for a prediction request."""
    form = {"content-type": "application/x-www-form-urlencoded"}
    answer = requests.post(iris, f"/v1/models/{iris.model_name}:predict", V1_REQUEST, headers=form)
    expect.json_error(answer, status=(400, 415, 422, 500))


@requirement("KC-V1-013")
def test_missing_instances_are_an_error(iris, requests):
    """A body without instances is answered with a JSON error."""
    answer = requests.post(iris, f"/v1/models/{iris.model_name}:predict", {"rows": INSTANCES})
    expect.json_error(answer, status=(400, 422, 500))


@requirement("KC-V1-027")
def test_instances_that_are_no_list_are_an_error(iris, no_list_is, requests):
    """Instances that are no list are answered with a JSON error, before KServe 0.16 with status 400."""
    expect.json_error(requests.predict(iris, "abc"), status=no_list_is)


@requirement("KC-V1-015")
def test_unknown_path_is_not_found(iris, requests):
    """A path that the V1 protocol does not have is answered 404 with a JSON error."""
    expect.json_error(requests.get(iris, f"/v1/modelz/{iris.model_name}"), status=404)


@requirement("KC-V1-016")
def test_explanation_without_explainer_is_refused(iris, requests):
    """An explanation is refused with a JSON error where the model cannot explain."""
    answer = requests.post(iris, f"/v1/models/{iris.model_name}:explain", V1_REQUEST)
    expect.json_error(answer, status=(400, 404, 405, 500, 501))


# The last two may end the server that all tests of this worker share.


@requirement("KC-V1-014")
def test_no_instances_leave_server_alive(iris, requests):
    """An empty list of instances is answered in JSON and leaves the server alive."""
    restarts = iris.restarts()
    expect.json_body(requests.predict(iris, []))
    expect.predictions(requests.predict(iris, INSTANCES), CLASSES)
    expect.equal(iris.restarts(), restarts, of="container restarts")


@requirement("KC-V1-005")
def test_bad_request_leaves_server_alive(iris, requests):
    """An input of the wrong shape is answered with a JSON error and leaves the server alive."""
    restarts = iris.restarts()
    answer = requests.predict(iris, [[6.8, 2.8, 4.8]])
    expect.json_error(answer, status=(400, 500))
    expect.predictions(requests.predict(iris, INSTANCES), CLASSES)
    expect.equal(iris.restarts(), restarts, of="container restarts")
