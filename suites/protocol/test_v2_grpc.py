"""The Open Inference Protocol (V2) over gRPC, through the gateway."""

from fixtures.iris import INSTANCES, V2_GOLDEN
from fixtures.questions import NO_MODEL
from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement


@requirement("KC-GRPC-001")
def test_grpc_infer_is_answered(iris_grpc, calls):
    """An inference over gRPC has the golden answer and its id."""
    answer = calls.infer(iris_grpc, INSTANCES, id="kc-4711")
    expect.outputs(answer, V2_GOLDEN)
    expect.members(answer, id="kc-4711", model_name=iris_grpc.model_name)


@requirement("KC-GRPC-002")
def test_unknown_model_is_a_clients_error(iris_grpc, calls):
    """An inference over gRPC by an unknown model fails with a code that blames the caller."""
    expect.refused(calls.infer(iris_grpc, INSTANCES, model=NO_MODEL))


@requirement("KC-GRPC-003")
def test_loaded_model_is_ready(iris_grpc, calls):
    """A server that answers over gRPC is live and its model ready."""
    expect.members(calls.server_live(iris_grpc), live=True)
    expect.members(calls.model_ready(iris_grpc), ready=True)
