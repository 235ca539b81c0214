"""The Open Inference Protocol (V2) over REST."""

from fixtures.iris import CLASSES, INSTANCES, V2_GOLDEN, V2_REQUEST
from fixtures.questions import FRAME, classes_of, flowers, name_of_output, rows_of, v2, v2_golden
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


@requirement("KC-V2-013")
def test_answer_names_its_model(iris_v2, requests):
    """An answer names the model that gave it."""
    expect.members(requests.infer(iris_v2, V2_REQUEST), model_name=iris_v2.model_name)


@requirement("KC-V2-014")
def test_batch_is_answered_in_order(iris_v2, requests):
    """A tensor of 300 rows is answered with their 300 predictions in order."""
    batch = flowers(300)
    expect.outputs(requests.infer(iris_v2, v2(rows_of(batch))), v2_golden(classes_of(batch)))


@requirement("KC-V2-015")
def test_flat_data_is_the_same_tensor(iris_v2, requests):
    """Flat data is the same tensor as nested data."""
    expect.outputs(requests.infer(iris_v2, v2(INSTANCES)), v2_golden(CLASSES))


@requirement("KC-V2-016")
def test_only_outputs_asked_for_are_given(iris_v2, requests):
    """A request that names an output is answered with that output and no other."""
    name = name_of_output(requests.infer(iris_v2, V2_REQUEST))
    answer = requests.infer(iris_v2, {**V2_REQUEST, "outputs": [{"name": name}]})
    expect.output_names(answer, name)


@requirement("KC-V2-025")
def test_columns_are_a_data_frame(iris_v2, requests):
    """Tensors that a request calls the columns of a data frame have the golden answer."""
    expect.outputs(requests.infer(iris_v2, FRAME), V2_GOLDEN)
