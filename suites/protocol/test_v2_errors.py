"""Bad requests to the V2 protocol: refused in a form that clients understand, by a server that lives on."""

from fixtures.iris import V2_GOLDEN, V2_REQUEST
from fixtures.questions import NO_INFERENCES, NO_MODEL, NO_VERSION, TOO_NARROW
from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement


@requirement("KC-V2-005")
def test_request_without_inputs_is_refused(iris_v2, requests):
    """An inference request without inputs is answered 4xx with JSON."""
    expect.refused_with_json(requests.infer(iris_v2, {"outputs": []}))


@requirement("KC-V2-007")
def test_bad_request_is_4xx(iris_v2, requests):
    """A body that is no inference request is answered 4xx."""
    answers = [requests.infer(iris_v2, body) for body in NO_INFERENCES]
    expect.each_refused(answers, at_least=5)


@requirement("KC-V2-008")
def test_error_body_has_error_text(iris_v2, requests):
    """An error of the model server is a JSON object with a text in its member error."""
    unknown = f"/v2/models/{NO_MODEL}"
    inference = requests.post(iris_v2, f"{unknown}/infer", V2_REQUEST)
    questions = [requests.get(iris_v2, path) for path in (unknown, f"{unknown}/ready")]
    expect.each_error_text([inference, *questions], at_least=3)


@requirement("KC-V2-009")
def test_unknown_model_is_not_found(iris_v2, requests):
    """An inference by an unknown model is answered 4xx."""
    expect.refused(requests.post(iris_v2, f"/v2/models/{NO_MODEL}/infer", V2_REQUEST))


@requirement("KC-V2-024")
def test_absent_version_does_not_answer(iris_v2, requests):
    """An inference by a version that the model does not have is answered with an error."""
    path = f"/v2/models/{iris_v2.model_name}/versions/{NO_VERSION}/infer"
    expect.failed(requests.post(iris_v2, path, V2_REQUEST))


@requirement("KC-V2-033")
def test_failure_of_the_model_has_error_text(iris_v2, requests):
    """A failure of the model itself is a JSON object with a text in its member error."""
    expect.error_text(requests.infer(iris_v2, TOO_NARROW))


# The last one may end the server that all tests of this worker share.


@requirement("KC-V2-010")
def test_bad_request_leaves_server_alive(iris_v2, requests):
    """A tensor that the model cannot take is answered with an error and leaves the server alive.

    Not in KServe 0.10: its MLServer 1.0 has no answer of its own for what a model raises, and uvicorn then closes the
    connection that the queue proxy may already be using for the next request.
    """
    restarts = iris_v2.restarts()
    expect.failed(requests.infer(iris_v2, TOO_NARROW))
    expect.outputs(requests.infer(iris_v2, V2_REQUEST), V2_GOLDEN)
    expect.equal(iris_v2.restarts(), restarts, of="container restarts")
