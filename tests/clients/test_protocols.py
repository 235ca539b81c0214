"""The inference protocols, as the model servers of both stacks speak them."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path

import grpc
import httpx
import pytest
from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb
from kserve.protocol.grpc import grpc_predict_v2_pb2_grpc as services

from tests.clients.test_runtimes import EXAMPLES, ROWS, TENSOR, Typed, ask, serve
from tests.embedded_platform.conftest import Up

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
Post = Callable[..., httpx.Response]
TRITON_CLIENT = Path(__file__).parent / "programs" / "triton.py"  # a process of its own; see there


@pytest.fixture
def iris(up: Up, namespace: str, typed: Typed) -> Post:
    """A ready `iris`, asked through the gateway."""
    serve(typed, "iris", modelFormat={"name": "sklearn"}, storageUri=EXAMPLES + "sklearn/1.0/model")

    def post(path: str, content: bytes | str = json.dumps(ROWS), **headers: str) -> httpx.Response:
        host = {"Host": f"iris.{namespace}.example.com", "Content-Type": "application/json"}
        return httpx.post(f"{up.gateway}{path}", content=content, headers={**host, **headers}, timeout=20)

    return post


@pytest.mark.row(client="curl", does="V1: any Content-Type before 0.11")
def test_content_type(stack: str, iris: Post) -> None:
    assert iris("/v1/models/iris:predict", **FORM).status_code == {"tutorial": 200, "current": 500}[stack]


@pytest.mark.row(client="curl", does="V1: errors")
def test_v1_errors(stack: str, iris: Post) -> None:
    old = stack == "tutorial"
    unknown = iris("/v1/models/nope:predict")
    assert (unknown.status_code, unknown.json()) == (404, {"error": "Model with name nope does not exist."})
    malformed = iris("/v1/models/iris:predict", '{"instances": [[1,2')
    assert malformed.status_code == 400
    assert malformed.json()["error"].startswith("Unrecognized request format: ")
    assert iris("/v1/models/nope:predict", '{"instances": [[1,2').status_code == (400 if old else 404)
    no_list = iris("/v1/models/iris:predict", '{"instances": "abc"}')
    assert (no_list.status_code, no_list.json()) == (400, {"error": 'Expected "instances" to be a list'})
    missing = iris("/v1/models/iris:predict", "{}")
    assert (missing.status_code, missing.json()) == (500, {"error": "KeyError : 'instances'" if old else "'instances'"})
    short = iris("/v1/models/iris:predict", '{"instances": [[1, 2, 3]]}')
    assert short.status_code == 500
    assert "expecting 4 features" in short.json()["error"]
    assert iris("/v1/models/iris:predict").json() == {"predictions": [1, 1]}


@pytest.mark.row(client="curl", does="V2: only MLServer before 0.11, KServe's servers since")
def test_v2_of_kserve(stack: str, iris: Post) -> None:
    answer = iris("/v2/models/iris/infer", json.dumps({"id": "a-1", "inputs": [TENSOR]}))
    if stack == "tutorial":
        assert answer.status_code == 500
        return
    assert (answer.json()["id"], answer.json()["outputs"][0]["data"]) == ("a-1", [1, 1])


@pytest.mark.parametrize("stack", ["current"], indirect=True)
@pytest.mark.row(client="curl", does="V2: binary tensors")
def test_binary_tensors(iris: Post) -> None:
    data = struct.pack("<8f", *(value for row in ROWS["instances"] for value in row))
    tensor = {"name": "x", "shape": [2, 4], "datatype": "FP32", "parameters": {"binary_data_size": len(data)}}
    head = json.dumps({"inputs": [tensor]}).encode()
    length = {"Inference-Header-Content-Length": str(len(head)), "Content-Type": "application/octet-stream"}
    assert iris("/v2/models/iris/infer", head + data, **length).json()["outputs"][0]["data"] == [1, 1]


@pytest.mark.row(client="curl", does="V2: health, metadata, versions, repository")
def test_v2_around_inference(up: Up, namespace: str, stack: str, iris: Post) -> None:
    host = {"Host": f"iris.{namespace}.example.com"}

    def get(path: str) -> httpx.Response:
        return httpx.get(f"{up.gateway}{path}", headers=host, timeout=20)

    assert get("/v2/health/ready").json() == {"ready": True}
    assert get("/v2").json()["version"] == {"tutorial": "0.10.0", "current": "0.20.0"}[stack]
    assert get("/v2/models").status_code == {"tutorial": 404, "current": 200}[stack]
    assert get("/v2/models/iris/versions/1").status_code == 501
    assert iris("/v1/models/iris:predict").status_code == 200
    assert 'request_predict_seconds_count{model_name="iris"} 1.0' in get("/metrics").text
    assert iris("/v2/repository/models/iris/unload", "").json() == {"name": "iris", "unload": True}
    assert iris("/v1/models/iris:predict").status_code == 404


@pytest.mark.row(client="curl", does="V2: MLServer's errors")
def test_mlserver_errors(up: Up, namespace: str, stack: str, typed: Typed) -> None:
    uri = EXAMPLES + "sklearn/1.0/model"
    serve(typed, "v2", modelFormat={"name": "sklearn"}, storageUri=uri, protocolVersion="v2")
    unknown = ask(up, namespace, "v2", "/v2/models/nope/infer", {"inputs": [TENSOR]})
    code = {"tutorial": 400, "current": 404}[stack]
    assert (unknown.status_code, unknown.json()) == (code, {"error": "Model nope not found"})
    assert ask(up, namespace, "v2", "/v2/models/v2/infer", {}).status_code == 422
    output = ask(up, namespace, "v2", "/v2/models/v2/infer", {"inputs": [TENSOR], "outputs": [{"name": "x"}]})
    assert output.status_code == 400
    assert "(x was received)" in output.json()["error"]


@pytest.mark.row(client="curl", does="V1: PREDICT_PROBA and a model name of its own")
def test_settings(up: Up, namespace: str, typed: Typed) -> None:
    serve(
        typed,
        "tree",
        modelFormat={"name": "sklearn"},
        storageUri=EXAMPLES + "sklearn/1.0/model-2",
        env=[{"name": "PREDICT_PROBA", "value": "true"}],
        args=["--model_name=oak"],
    )
    assert ask(up, namespace, "tree", "/v1/models/tree:predict", ROWS).status_code == 404
    shares = ask(up, namespace, "tree", "/v1/models/oak:predict", ROWS).json()["predictions"]
    assert [len(each) for each in shares] == [3, 3]


@pytest.mark.row(client="grpcio", does="V2 at the pod")
def test_grpc(stack: str, typed: Typed) -> None:
    uri = EXAMPLES + "sklearn/1.0/model"
    port = {"name": "h2c", "containerPort": 8081, "protocol": "TCP"}
    serve(typed, "iris", modelFormat={"name": "sklearn"}, storageUri=uri, ports=[port])
    address = typed("kubectl get pods -n $NS -o jsonpath='{.items[0].status.podIP}'")
    with grpc.insecure_channel(f"{address}:8081") as channel:
        server = services.GRPCInferenceServiceStub(channel)
        assert server.ServerLive(pb.ServerLiveRequest()).live
        with pytest.raises(grpc.RpcError) as caught:
            server.ModelInfer(_request("nope"))
        assert (
            caught.value.code()
            is {
                "tutorial": grpc.StatusCode.UNKNOWN,
                "current": grpc.StatusCode.NOT_FOUND,
            }[stack]
        )
        if stack == "current":
            assert list(server.ModelInfer(_request("iris")).outputs[0].contents.int64_contents) == [1, 1]


@pytest.mark.row(client="grpcio", does="V2 at a pod of MLServer")
def test_grpc_of_mlserver(typed: Typed, stack: str) -> None:
    uri = EXAMPLES + "sklearn/1.0/model"
    port = {"name": "h2c", "containerPort": 9000, "protocol": "TCP"}
    serve(typed, "v2", modelFormat={"name": "sklearn"}, storageUri=uri, protocolVersion="v2", ports=[port])
    address = typed("kubectl get pods -n $NS -o jsonpath='{.items[0].status.podIP}'")
    with grpc.insecure_channel(f"{address}:9000") as channel:
        answer = services.GRPCInferenceServiceStub(channel).ModelInfer(_request("v2"))
    assert list(answer.outputs[0].contents.int64_contents) == [1, 1]
    assert list(answer.outputs[0].shape) == {"tutorial": [2], "current": [2, 1]}[stack]


def _triton(typed: Typed) -> str:
    """The address of a pod of Triton's with `iris`, its gRPC port being the service's."""
    port = {"name": "h2c", "containerPort": 9000, "protocol": "TCP"}
    uri = EXAMPLES + "onnx/iris"
    serve(typed, "t", modelFormat={"name": "onnx"}, storageUri=uri, protocolVersion="v2", ports=[port])
    return typed("kubectl get pods -n $NS -o jsonpath='{.items[0].status.podIP}'")


@pytest.mark.row(client="grpcio", does="V2 at a pod of Triton")
def test_grpc_of_triton(typed: Typed, stack: str) -> None:
    with grpc.insecure_channel(f"{_triton(typed)}:9000") as channel:
        server = services.GRPCInferenceServiceStub(channel)
        answer = server.ModelInfer(_request("iris", "X"))
        with pytest.raises(grpc.RpcError) as caught:
            server.ModelInfer(_request("nope"))
    assert struct.unpack("<2q", answer.raw_output_contents[0]) == (1, 1)
    code = {"tutorial": grpc.StatusCode.UNAVAILABLE, "current": grpc.StatusCode.INVALID_ARGUMENT}[stack]
    assert (caught.value.code(), caught.value.details()) == (code, "Request for unknown model: 'nope' is not found")


@pytest.mark.row(client="tritonclient.http", does="ready, metadata, configuration, statistics, index, infer")
def test_tritonclient_http(typed: Typed) -> None:
    assert typed(f"python {TRITON_CLIENT} http {_triton(typed)}:8080") == "[1 1]\n"


@pytest.mark.row(client="tritonclient.grpc", does="ready, metadata, infer")
def test_tritonclient_grpc(typed: Typed) -> None:
    assert typed(f"python {TRITON_CLIENT} grpc {_triton(typed)}:9000") == "[1 1]\n"


@pytest.mark.row(client="curl", does="V2: Triton's errors, configuration, metrics")
def test_triton_errors(up: Up, namespace: str, stack: str, typed: Typed) -> None:
    serve(typed, "t", modelFormat={"name": "onnx"}, storageUri=EXAMPLES + "onnx/iris", protocolVersion="v2")
    unknown = ask(up, namespace, "t", "/v2/models/nope/infer", {"inputs": [TENSOR]})
    assert (unknown.status_code, unknown.json()["error"]) == (400, "Request for unknown model: 'nope' is not found")
    wrong = ask(up, namespace, "t", "/v2/models/iris/infer", {"inputs": [TENSOR]})
    assert (wrong.status_code, wrong.json()["error"]) == (400, "unexpected inference input 'input-0' for model 'iris'")
    few = ask(up, namespace, "t", "/v2/models/iris/infer", {"inputs": []}).json()["error"]
    prefix = {"tutorial": "", "current": "[request id: <id_unknown>] "}[stack]
    assert few == f"{prefix}expected 1 inputs but got 0 inputs for model 'iris'"
    host = {"Host": f"t.{namespace}.example.com"}
    config = httpx.get(f"{up.gateway}/v2/models/iris/config", headers=host, timeout=20).json()
    assert (config["backend"], config["input"][0]["dims"]) == ("onnxruntime", [-1, 4])
    address = typed("kubectl get pods -n $NS -o jsonpath='{.items[0].status.podIP}'")
    assert "nv_inference_request_success" in httpx.get(f"http://{address}:8002/metrics").text


def _request(model: str, name: str = "x") -> pb.ModelInferRequest:
    request = pb.ModelInferRequest(model_name=model, id="a-1")
    tensor = request.inputs.add(name=name, datatype="FP32", shape=[2, 4])
    tensor.contents.fp32_contents.extend(value for row in ROWS["instances"] for value in row)
    return request
