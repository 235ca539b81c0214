"""What a V2 server says about itself and its models, and whether that is so."""

from fixtures.iris import V2_REQUEST
from fixtures.questions import NO_MODEL, built_from
from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement


@requirement("KC-V2-006")
def test_ready_agrees_with_predict(iris_v2, requests):
    """A server that says ready answers an inference."""
    expect.answered(requests.get(iris_v2, "/v2/health/ready"))
    expect.answered(requests.get(iris_v2, f"/v2/models/{iris_v2.model_name}/ready"))
    expect.answered(requests.infer(iris_v2, V2_REQUEST))


@requirement("KC-V2-012")
def test_metadata_is_enough_to_call(iris_v2, requests):
    """A request built from the inputs that a model's metadata declares is answered.

    A model that declares none is asked as its documentation says.
    """
    metadata = requests.get(iris_v2, f"/v2/models/{iris_v2.model_name}")
    expect.answered(metadata)
    expect.answered(requests.infer(iris_v2, built_from(metadata, otherwise=V2_REQUEST)))


@requirement("KC-V2-017")
def test_server_says_what_it_is(iris_v2, requests):
    """A V2 server says its name, its version and its extensions."""
    expect.has_members(requests.get(iris_v2, "/v2"), "name", "version", "extensions")


@requirement("KC-V2-018")
def test_metadata_names_the_model(iris_v2, requests):
    """The metadata of a model has the model's name."""
    answer = requests.get(iris_v2, f"/v2/models/{iris_v2.model_name}")
    expect.members(answer, name=iris_v2.model_name)


@requirement("KC-V2-019")
def test_absent_model_is_not_ready(iris_v2, requests):
    """A model that is not there is not called ready."""
    expect.refused(requests.get(iris_v2, f"/v2/models/{NO_MODEL}/ready"))
