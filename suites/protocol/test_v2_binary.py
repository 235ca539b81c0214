"""Binary tensors in the V2 protocol over REST."""

from fixtures.iris import INSTANCES, V2_GOLDEN
from fixtures.questions import binary
from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement


@requirement("KC-V2-020")
def test_binary_input_is_read(iris_sdk, requests):
    """A tensor sent in binary has the golden answer."""
    body, headers = binary(INSTANCES)
    expect.outputs(requests.infer(iris_sdk, body, headers=headers), V2_GOLDEN)


@requirement("KC-V2-021")
def test_binary_output_is_given(iris_sdk, requests):
    """An output asked for in binary has the golden data in its bytes."""
    body, headers = binary(INSTANCES, answer=True)
    expect.binary_outputs(requests.infer(iris_sdk, body, headers=headers), V2_GOLDEN)
