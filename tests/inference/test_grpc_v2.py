"""Calls over gRPC, which read as answers over REST."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import grpc
import pytest

from kserve_conformance.inference.grpc_v2 import Calls, pb

TENSOR = pb.ModelInferResponse.InferOutputTensor


@dataclass
class Service:
    host: str = "iris.example.com"
    model_name: str = "iris"


def infer(request, context):
    """The class of each row is its first number."""
    if request.model_name == "busy":
        context.abort(grpc.StatusCode.UNAVAILABLE, "no healthy upstream")
    if request.model_name != "iris":
        context.abort(grpc.StatusCode.NOT_FOUND, f"Model {request.model_name} not found")
    rows, width = request.inputs[0].shape
    classes = [int(x) for x in request.inputs[0].contents.fp32_contents[::width]]
    output = TENSOR(
        name="predict", shape=[rows], datatype="INT64", contents=pb.InferTensorContents(int64_contents=classes)
    )
    return pb.ModelInferResponse(model_name="iris", id=request.id, outputs=[output])


@pytest.fixture
def calls() -> Iterator[Calls]:
    handlers = {
        "ModelInfer": grpc.unary_unary_rpc_method_handler(
            infer, pb.ModelInferRequest.FromString, pb.ModelInferResponse.SerializeToString
        ),
        "ServerLive": grpc.unary_unary_rpc_method_handler(
            lambda *_: pb.ServerLiveResponse(live=True),
            pb.ServerLiveRequest.FromString,
            pb.ServerLiveResponse.SerializeToString,
        ),
    }
    server = grpc.server(ThreadPoolExecutor(1))
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("inference.GRPCInferenceService", handlers)])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    made = Calls(f"127.0.0.1:{port}", within=10)
    yield made
    made.close()
    server.stop(None)


def test_an_inference_reads_as_one_over_rest(calls):
    answer = calls.infer(Service(), [[1, 0], [2, 0]], id="a-1")
    assert answer.status == 200
    tensor = {"name": "predict", "shape": [2], "datatype": "INT64", "data": [1, 2]}
    assert answer.json() == {"model_name": "iris", "id": "a-1", "outputs": [tensor]}
    assert "-authority iris.example.com" in answer.curl


def test_a_flag_is_a_member(calls):
    assert calls.server_live(Service()).json() == {"live": True}


def test_what_the_server_refuses_is_json_with_the_code(calls):
    answer = calls.infer(Service(), [[1, 0]], model="other")
    assert (answer.status, answer.json()) == (404, {"error": "Model other not found", "code": "NOT_FOUND"})


def test_what_the_server_does_not_have_is_its_own_error(calls):
    assert calls.model_ready(Service()).status == 501


def test_unavailable_is_said_by_who_stands_before_the_server(calls):
    answer = calls.infer(Service(), [[1, 0]], model="busy")
    assert (answer.status, answer.body) == (503, b"no healthy upstream")
    assert "no model server answered" in answer.likely
