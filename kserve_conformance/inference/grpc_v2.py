"""The Open Inference Protocol (V2) over gRPC: one call, one sample, which reads as an answer over REST.

A call that succeeds has status 200, one that fails the HTTP status of its gRPC code (google/rpc/code.proto). What a
model server says is JSON, with the code; UNAVAILABLE, and what is no gRPC, is of whoever stands before it: plain text.
"""

from __future__ import annotations

import importlib.util
import json
import shlex
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.json_format import MessageToDict

from kserve_conformance.inference.requests import Addressed
from kserve_conformance.model import Sample

SERVICE = "inference.GRPCInferenceService"
STATUS = {
    grpc.StatusCode.INVALID_ARGUMENT: 400,
    grpc.StatusCode.FAILED_PRECONDITION: 400,
    grpc.StatusCode.OUT_OF_RANGE: 400,
    grpc.StatusCode.NOT_FOUND: 404,
    grpc.StatusCode.RESOURCE_EXHAUSTED: 429,
    grpc.StatusCode.UNIMPLEMENTED: 501,
    grpc.StatusCode.UNAVAILABLE: 503,
    grpc.StatusCode.DEADLINE_EXCEEDED: 504,
}
NO_GRPC = "Stream removed"  # how this client calls an answer that came, and was not of gRPC


def _messages() -> Any:
    """KServe's own, without the rest of its SDK, which takes seconds to import and reads the command line."""
    sdk = importlib.util.find_spec("kserve")
    if sdk is None or sdk.origin is None:
        raise ModuleNotFoundError("kserve")
    path = Path(sdk.origin).parent / "protocol/grpc/grpc_predict_v2_pb2.py"
    found = importlib.util.spec_from_file_location(path.stem, path)
    if found is None or found.loader is None:
        raise ModuleNotFoundError(str(path))
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


pb = _messages()


class Calls:
    """To the gateway at `address` (host:port), in clear text."""

    def __init__(self, address: str, *, within: float) -> None:
        """`within`: seconds until an unanswered call counts as failed."""
        self._address = address
        self._within = within
        self._channels: dict[str, grpc.Channel] = {}

    def infer(self, service: Addressed, rows: Sequence[Sequence[float]], *, model: str = "", id: str = "") -> Sample:
        """One FP32 tensor of rows."""
        contents = pb.InferTensorContents(fp32_contents=[x for row in rows for x in row])
        tensor = pb.ModelInferRequest.InferInputTensor(
            name="input-0", shape=[len(rows), len(rows[0])], datatype="FP32", contents=contents
        )
        request = pb.ModelInferRequest(model_name=model or service.model_name, id=id, inputs=[tensor])
        return self._call(service, "ModelInfer", request, pb.ModelInferResponse)

    def model_ready(self, service: Addressed, *, model: str = "") -> Sample:
        request = pb.ModelReadyRequest(name=model or service.model_name)
        return self._call(service, "ModelReady", request, pb.ModelReadyResponse)

    def server_live(self, service: Addressed) -> Sample:
        return self._call(service, "ServerLive", pb.ServerLiveRequest(), pb.ServerLiveResponse)

    def close(self) -> None:
        for each in self._channels.values():
            each.close()

    def _call(self, service: Addressed, method: str, request: Any, answer: Any) -> Sample:
        host = service.host
        call = self._channel(host).unary_unary(
            f"/{SERVICE}/{method}",
            request_serializer=type(request).SerializeToString,
            response_deserializer=answer.FromString,
        )
        sent = time.monotonic()
        try:
            status, body = 200, json.dumps(_as_rest(_plain(call(request, timeout=self._within))))
        except grpc.RpcError as error:
            status = STATUS.get(error.code(), 500)
            said = error.details() or ""
            plain = error.code() is grpc.StatusCode.UNAVAILABLE or said.startswith(NO_GRPC)
            body = said if plain else json.dumps({"error": said, "code": error.code().name})
        return Sample(
            intended=sent,
            sent=sent,
            done=time.monotonic(),
            method=method,
            url=f"grpc://{self._address}/{SERVICE}/{method}",
            host=host,
            status=status,
            headers={},
            body=body.encode(),
            error=None,
            curl=_grpcurl(self._address, host, method, _plain(request)),
        )

    def _channel(self, host: str) -> grpc.Channel:
        if host not in self._channels:
            options = [("grpc.default_authority", host), ("grpc.enable_http_proxy", 0), ("grpc.enable_retries", 0)]
            self._channels[host] = grpc.insecure_channel(self._address, options=options)
        return self._channels[host]


def _plain(message: Any) -> dict[str, Any]:
    found: dict[str, Any] = MessageToDict(message, preserving_proto_field_name=True)
    return found


def _as_rest(message: Mapping[str, Any]) -> dict[str, Any]:
    """Tensors with `data`; numbers of 64 bits, which Protobuf's JSON writes as text, are numbers again."""
    outputs = []
    for each in message.get("outputs", ()):
        plain = {key: value for key, value in each.items() if key != "contents"}
        shape = [int(size) for size in each.get("shape", ())]
        outputs.append({**plain, "shape": shape, "data": _data(each.get("contents", {}))})
    return {**message, "outputs": outputs} if outputs else dict(message)


def _data(contents: Mapping[str, list[Any]]) -> list[Any]:
    return [int(x) if "int" in field else x for field, values in contents.items() for x in values]


def _grpcurl(address: str, host: str, method: str, request: Mapping[str, Any]) -> str:
    """A command line that makes the same call; the server has to offer reflection, or `-proto` to be added."""
    words = ["grpcurl", "-plaintext", "-authority", host, "-d", json.dumps(request), address, f"{SERVICE}/{method}"]
    return shlex.join(words)
