"""The Open Inference Protocol (V2) over REST."""

from fixtures.iris import V2_GOLDEN, V2_REQUEST
from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement


@requirement("KC-V2-001")
def test_inference_is_golden(iris_v2, requests):
    """A V2 inference has the golden answer."""
    expect.outputs(requests.infer(iris_v2, V2_REQUEST), V2_GOLDEN)


@requirement("KC-V2-002")
def test_request_id_is_returned(iris_v2, requests):
    """The id of a request is returned with its answer."""
    answer = requests.infer(iris_v2, {"id": "kc-4711", **V2_REQUEST})
    expect.members(answer, id="kc-4711")


@requirement("KC-V2-003")
def test_output_datatype_matches_metadata(iris_v2, requests):
    """The declared datatype of an output is the model's, as metadata or the golden answer states it."""
    metadata = requests.get(iris_v2, f"/v2/models/{iris_v2.model_name}")
    answer = requests.infer(iris_v2, V2_REQUEST)
    expect.output_datatypes(answer, metadata=metadata, golden=V2_GOLDEN)


@requirement("KC-V2-004")
def test_shape_counts_the_data(iris_v2, requests):
    """The shape of an output counts its data."""
    expect.shapes_count_data(requests.infer(iris_v2, V2_REQUEST), at_least=1)


@requirement("KC-V2-005")
def test_request_without_inputs_is_refused(iris_v2, requests):
    """An inference request without inputs is answered 4xx with JSON."""
    answer = requests.post(iris_v2, f"/v2/models/{iris_v2.model_name}/infer", {"outputs": []})
    expect.refused_with_json(answer)


@requirement("KC-V2-006")
def test_ready_agrees_with_infer(iris_v2, requests):
    """A server that says ready answers an inference."""
    expect.answered(requests.get(iris_v2, "/v2/health/ready"))
    expect.answered(requests.get(iris_v2, f"/v2/models/{iris_v2.model_name}/ready"))
    expect.answered(requests.infer(iris_v2, V2_REQUEST))
