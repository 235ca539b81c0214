"""Triton's answers over HTTP and gRPC, of both versions."""

from __future__ import annotations

import asyncio
import gzip
import json
import struct
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb
from kserve.protocol.grpc import grpc_predict_v2_pb2_grpc as services
from onnx import TensorProto, helper

from kserve_conformance.embedded.runtimes.tritonserver import grpc as triton_grpc
from kserve_conformance.embedded.runtimes.tritonserver import metrics, rest
from kserve_conformance.embedded.runtimes.tritonserver.repository import Repository
from kserve_conformance.embedded.runtimes.tritonserver.server import Server
from tests.embedded_runtimes.conftest import put

ROWS = [6.8, 2.8, 4.8, 1.4, 6.0, 3.4, 4.5, 1.6]
TENSOR = {"name": "X", "shape": [2, 4], "datatype": "FP32", "data": ROWS}
BYTES = struct.pack("<8f", *ROWS)
INFER = "/v2/models/iris/infer"
LENGTH = "Inference-Header-Content-Length"


@pytest.fixture(params=["2.14.0", "2.34.0"])
def server(request: pytest.FixtureRequest, models: Path) -> Server:
    """With `iris`, in batches of at most 3."""
    (models / "iris" / "config.pbtxt").write_text("max_batch_size: 3")
    is_old = request.param == "2.14.0"
    repository = Repository([models], strict=False, is_old=is_old, explicit=False)
    repository.load_all([])
    return Server(request.param, repository, is_old=is_old)


class Client:
    def __init__(self, server: Server) -> None:
        self._app = rest.application(server)

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self._app), base_url="http://t") as client:
                return await client.request(method, path, **more)

        return asyncio.run(ask())

    def infer(self, body: Any, **headers: str) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.ask("POST", INFER, content=content, headers=headers)


@pytest.fixture
def client(server: Server) -> Client:
    return Client(server)


def test_around_inference(server: Server, client: Client) -> None:
    told = client.ask("GET", "/v2").json()
    assert (told["name"], told["version"], "trace" in told["extensions"]) == (
        "triton",
        server.version,
        not server.is_old,
    )
    for path in ("/v2/health/live", "/v2/health/ready", "/v2/models/iris/ready", "/v2/models/iris/versions/1/ready"):
        answer = client.ask("GET", path)
        assert (answer.status_code, answer.content) == (200, b"")
    about = client.ask("GET", "/v2/models/iris").json()
    assert about["inputs"] == [{"name": "X", "datatype": "FP32", "shape": [-1, 4]}]
    assert [each["shape"] for each in about["outputs"]] == [[-1, 1], [-1, 3]]
    assert client.ask("GET", "/v2/models/iris/config").json()["input"][0]["dims"] == [4]
    assert client.ask("POST", "/v2/repository/index").json() == [{"name": "iris", "version": "1", "state": "READY"}]


@pytest.mark.parametrize(
    ("method", "path", "code", "said"),
    [
        ("GET", "/v2/models/rose", 400, "Request for unknown model: 'rose' is not found"),
        ("POST", "/v2/models/rose/infer", 400, "Request for unknown model: 'rose' is not found"),
        ("GET", "/v2/models/iris/versions/7", 400, "Request for unknown model: 'iris' version 7 is not found"),
        ("GET", "/v2/models/rose/stats", 400, "requested model 'rose' is not available"),
        (
            "POST",
            "/v2/repository/models/iris/load",
            400,
            "explicit model load / unload is not allowed if polling is enabled",
        ),
        ("GET", "/v2/models/rose/ready", 400, None),
        ("GET", "/v2/models/iris/versions/x", 400, None),
        ("GET", "/v1/models/iris", 400, None),
        ("GET", INFER, 405, None),
        ("POST", "/v2", 405, None),
    ],
)
def test_errors_without_a_body(client: Client, method: str, path: str, code: int, said: str | None) -> None:
    answer = client.ask(method, path)
    assert answer.status_code == code
    assert (answer.json() if answer.content else None) == (said and {"error": said})


def test_inference(server: Server, client: Client) -> None:
    answer = client.infer({"id": "a-1", "inputs": [TENSOR]}).json()
    assert list(answer) == ["id", "model_name", "model_version", "outputs"]
    label, probabilities = answer["outputs"]
    assert label == {"name": "label", "datatype": "INT64", "shape": [2, 1], "data": [1, 1]}
    assert probabilities["shape"] == [2, 3]
    nested = {**TENSOR, "data": [ROWS[:4], ROWS[4:]]}
    answer = client.infer({"inputs": [nested], "outputs": [{"name": "label"}]}).json()
    assert (answer.get("id"), [each["name"] for each in answer["outputs"]]) == (None, ["label"])
    packed = gzip.compress(json.dumps({"inputs": [TENSOR]}).encode())
    assert client.infer(packed, **{"Content-Encoding": "gzip"}).json()["outputs"][0] == label
    assert client.infer(packed, **{"Content-Encoding": "br"}).status_code == 415
    assert 'nv_inference_request_success{model="iris",version="1"} 3.0' in metrics.text(server)
    found = client.ask("GET", "/v2/models/iris/stats").json()["model_stats"][0]
    assert (found["inference_count"], found["execution_count"], found["batch_stats"][0]["batch_size"]) == (6, 3, 2)


def test_bytes(server: Server, client: Client) -> None:
    tensor = {"name": "X", "shape": [2, 4], "datatype": "FP32", "parameters": {"binary_data_size": len(BYTES)}}
    asked = {"inputs": [tensor], "outputs": [{"name": "label", "parameters": {"binary_data": True}}]}
    head = json.dumps(asked).encode()
    answer = client.infer(head + BYTES, **{LENGTH: str(len(head))})
    length = int(answer.headers[LENGTH])
    (output,) = json.loads(answer.content[:length])["outputs"]
    assert output == {"name": "label", "datatype": "INT64", "shape": [2, 1], "parameters": {"binary_data_size": 16}}
    assert struct.unpack("<2q", answer.content[length:]) == (1, 1)
    short = client.infer(head + BYTES[:-4], **{LENGTH: str(len(head))}).json()["error"]
    assert short == "unexpected size for input 'X', expecting 4 additional bytes for model 'iris'"
    long = client.infer(head + BYTES + b"more", **{LENGTH: str(len(head))}).json()["error"]
    assert long == "unexpected additional input data for model 'iris'"
    beyond = client.infer(head, **{LENGTH: "9999"}).json()["error"]
    assert beyond == f"inference header size should be in range (0, {len(head)}), got: 9999"
    raw = client.infer(BYTES[:16], **{LENGTH: "0"})
    assert raw.status_code == (400 if server.is_old else 200)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", ("failed to parse the request JSON buffer: The document is empty. at 0", None)),
        (b'{"inputs": [{', "failed to parse the request JSON buffer: Missing a name for object member. at 13"),
        ({}, "Unable to parse 'inputs': attempt to access non-existing object member 'inputs'"),
        ({"inputs": []}, "ID expected 1 inputs but got 0 inputs for model 'iris'"),
        ({"inputs": [TENSOR, {**TENSOR, "name": "Y"}]}, "ID expected 1 inputs but got 2 inputs for model 'iris'"),
        ({"inputs": [{**TENSOR, "name": "Y"}]}, "unexpected inference input 'Y' for model 'iris'"),
        (
            {"inputs": [{**TENSOR, "datatype": "FP64"}]},
            "ID inference input data-type is 'FP64', model expects 'FP32' for 'iris'",
        ),
        ({"inputs": [{**TENSOR, "datatype": "FLOAT"}]}, "invalid datatype for input X"),
        (
            {"inputs": [{**TENSOR, "shape": [2, 3]}]},
            "Unable to parse 'data': Shape does not match true shape of 'data' field",
        ),
        (
            {"inputs": [{**TENSOR, "shape": [1, 8]}]},
            "ID unexpected shape for input 'X' for model 'iris'. Expected [-1,4], got [1,8]NOTE",
        ),
        (
            {"inputs": [{**TENSOR, "shape": [4, 4], "data": ROWS * 2}]},
            "ID inference request batch-size must be <= 3 for 'iris'",
        ),
        (
            {"inputs": [{**TENSOR, "shape": [-2, 4]}]},
            "Unable to parse 'shape': attempt to access JSON non-unsigned-integer as unsigned-integer",
        ),
        (
            {"inputs": [{**TENSOR, "data": ["a"] * 8}]},
            "Unable to parse 'data': attempt to access JSON non-number as double",
        ),
        (
            {"inputs": [{"name": "X", "shape": [2, 4], "datatype": "FP32"}]},
            "Input must set only one of the following fields: 'data', 'binary_data_size' in 'parameters', "
            "'shared_memory_region' in 'parameters'. But no field is set",
        ),
        (
            {"inputs": [TENSOR], "outputs": [{"name": "color"}]},
            "unexpected inference output 'color' for model 'iris'",
        ),
    ],
)
def test_errors(server: Server, client: Client, body: Any, said: Any) -> None:
    if isinstance(said, tuple):
        said = said[0] if server.is_old else "onnx runtime error"  # without a body, the newer one takes raw input
    answer = client.infer(body)
    assert answer.status_code == 400
    wanted = said.replace("ID ", "" if server.is_old else "[request id: <id_unknown>] ")
    wanted = wanted.replace("NOTE", "" if server.is_old else ". NOTE: Setting a non-zero max_batch_size")
    assert answer.json()["error"].startswith(wanted)


def test_what_is_refused_is_no_failure_of_the_model(server: Server, client: Client) -> None:
    client.infer({"inputs": []})
    assert 'nv_inference_request_failure{model="iris",version="1"} 0.0' in metrics.text(server)


@pytest.fixture
def echo(tmp_path: Path) -> Server:
    """With a model that gives back two strings."""
    node = helper.make_node("Identity", ["a"], ["b"])
    given, found = (helper.make_tensor_value_info(each, TensorProto.STRING, [2]) for each in ("a", "b"))
    graph = helper.make_graph([node], "echo", [given], [found])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=7)
    put(tmp_path / "echo", model.SerializeToString())
    repository = Repository([tmp_path], strict=False, is_old=False, explicit=False)
    repository.load_all([])
    return Server("2.34.0", repository, is_old=False)


def test_strings(echo: Server) -> None:
    client, words = Client(echo), ["hé", ""]
    tensor = {"name": "a", "shape": [2], "datatype": "BYTES"}

    def ask(tensor: Any, content: bytes = b"") -> httpx.Response:
        head = json.dumps({"inputs": [tensor]}).encode()
        return client.ask("POST", "/v2/models/echo/infer", content=head + content, headers={LENGTH: str(len(head))})

    assert ask({**tensor, "data": words}).json()["outputs"][0]["data"] == words
    raw = b"".join(struct.pack("<I", len(each.encode())) + each.encode() for each in words)
    for content, said in (
        (raw, None),
        (raw[:7], "unexpected number of string elements 1 for inference input 'a', expecting 2"),
        (raw[:6], "incomplete string data for inference input 'a', expecting string of length 3 but only 2 bytes"),
    ):
        answer = ask({**tensor, "parameters": {"binary_data_size": len(content)}}, content).json()
        if said is None:
            assert answer["outputs"][0]["data"] == words
        else:
            assert answer["error"].startswith(said)
    asked = pb.ModelInferRequest(model_name="echo")
    asked.inputs.add(name="a", datatype="BYTES", shape=[2]).contents.bytes_contents.extend(w.encode() for w in words)
    assert called(echo, lambda stub: stub.ModelInfer(asked)).raw_output_contents[0] == raw


def called(server: Server, ask: Any) -> Any:
    """What `ask` gets of a stub that is connected with the server."""

    async def run() -> Any:
        calls = grpc.aio.server()
        services.add_GRPCInferenceServiceServicer_to_server(triton_grpc.Service(server), calls)
        port = calls.add_insecure_port("127.0.0.1:0")
        await calls.start()
        try:
            async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
                return await ask(services.GRPCInferenceServiceStub(channel))
        finally:
            await calls.stop(None)

    return asyncio.run(run())


def message(**more: Any) -> Any:
    asked = pb.ModelInferRequest(**{"model_name": "iris", "id": "a-1", **more})
    asked.inputs.add(name="X", datatype="FP32", shape=[2, 4]).contents.fp32_contents.extend(ROWS)
    return asked


def test_grpc(server: Server) -> None:
    answer = called(server, lambda stub: stub.ModelInfer(message()))
    assert (answer.id, answer.model_version, [each.name for each in answer.outputs]) == (
        "a-1",
        "1",
        ["label", "probabilities"],
    )
    assert struct.unpack("<2q", answer.raw_output_contents[0]) == (1, 1)
    asked = message()
    asked.inputs[0].ClearField("contents")
    asked.raw_input_contents.append(BYTES)
    assert called(server, lambda stub: stub.ModelInfer(asked)).raw_output_contents == answer.raw_output_contents
    about = called(server, lambda stub: stub.ModelMetadata(pb.ModelMetadataRequest(name="iris")))
    assert (about.platform, list(about.inputs[0].shape)) == ("onnxruntime_onnx", [-1, 4])
    assert called(server, lambda stub: stub.ServerMetadata(pb.ServerMetadataRequest())).version == server.version
    assert not called(server, lambda stub: stub.ModelReady(pb.ModelReadyRequest(name="rose"))).ready


@pytest.mark.parametrize(
    ("change", "old", "new", "said"),
    [
        ({"model_name": "rose"}, "UNAVAILABLE", "INVALID_ARGUMENT", "Request for unknown model: 'rose' is not found"),
        ({"model_version": "7"}, "UNAVAILABLE", "NOT_FOUND", "'iris' version 7 is not found"),
        ({"model_version": "x"}, "INVALID_ARGUMENT", "INVALID_ARGUMENT", "specified version string 'x'"),
        ({"raw_input_contents": [BYTES]}, "INVALID_ARGUMENT", "INVALID_ARGUMENT", "contents field must not be"),
    ],
)
def test_grpc_errors(server: Server, change: Any, old: str, new: str, said: str) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        called(server, lambda stub: stub.ModelInfer(message(**change)))
    assert caught.value.code() is grpc.StatusCode[old if server.is_old else new]
    assert said in caught.value.details()


def test_grpc_with_the_wrong_field(server: Server) -> None:
    asked = message()
    asked.inputs[0].contents.ClearField("fp32_contents")
    asked.inputs[0].contents.int_contents.extend([1] * 8)
    with pytest.raises(grpc.RpcError) as caught:
        called(server, lambda stub: stub.ModelInfer(asked))
    assert caught.value.details() == (
        "unexpected explicit tensor data for input tensor 'X' for model 'iris' of type 'INT32', expected datatype "
        "'FP32'"
    )
