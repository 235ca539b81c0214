"""V2 over gRPC (mlserver/grpc)."""

from __future__ import annotations

import struct
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np
from grpc import StatusCode, aio
from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb
from kserve.protocol.grpc import grpc_predict_v2_pb2_grpc as services

from kserve_conformance.embedded.runtimes.misbehaving import calls as misbehaving
from kserve_conformance.embedded.runtimes.mlserver.codecs import DTYPES
from kserve_conformance.embedded.runtimes.mlserver.errors import ServerError
from kserve_conformance.embedded.runtimes.mlserver.server import Server
from kserve_conformance.embedded.runtimes.mlserver.types import (
    Datatype,
    InferenceRequest,
    InferenceResponse,
    Parameters,
    RequestOutput,
    Tensor,
)

CODES = {400: StatusCode.INVALID_ARGUMENT, 404: StatusCode.NOT_FOUND, 500: StatusCode.INTERNAL}
FIELDS = {
    Datatype.BOOL: "bool_contents",
    **dict.fromkeys((Datatype.UINT8, Datatype.UINT16, Datatype.UINT32), "uint_contents"),
    Datatype.UINT64: "uint64_contents",
    **dict.fromkeys((Datatype.INT8, Datatype.INT16, Datatype.INT32), "int_contents"),
    Datatype.INT64: "int64_contents",
    Datatype.FP32: "fp32_contents",
    Datatype.FP64: "fp64_contents",
    **dict.fromkeys((Datatype.FP16, Datatype.BYTES), "bytes_contents"),
}


async def start(server: Server, port: int) -> aio.Server:
    calls = aio.server(interceptors=misbehaving.interceptors())
    services.add_GRPCInferenceServiceServicer_to_server(Service(server), calls)
    calls.add_insecure_port(f"[::]:{port}")
    await calls.start()
    return calls


class Service(services.GRPCInferenceServiceServicer):  # type: ignore[misc]
    """The methods are named by the protocol."""

    def __init__(self, server: Server) -> None:
        self._server = server

    async def ServerLive(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        return pb.ServerLiveResponse(live=True)

    async def ServerReady(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        return pb.ServerReadyResponse(ready=True)

    async def ServerMetadata(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        return pb.ServerMetadataResponse(**self._server.metadata())

    async def ModelReady(self, request: Any, context: Any) -> Any:  # noqa: N802
        async def answer() -> Any:
            self._server.check_ready(request.name, request.version)
            return pb.ModelReadyResponse(ready=True)

        return await self._answered(answer, context)

    async def ModelMetadata(self, request: Any, context: Any) -> Any:  # noqa: N802
        async def answer() -> Any:
            found = self._server.model_metadata(request.name, request.version)
            kept = {name: found[name] for name in ("name", "versions", "platform", "inputs", "outputs")}
            return pb.ModelMetadataResponse(**kept)

        return await self._answered(answer, context)

    async def ModelInfer(self, request: Any, context: Any) -> Any:  # noqa: N802
        async def answer() -> Any:
            found = self._server.infer(_request(request), request.model_name, request.model_version)
            headers = self._server.event_headers(found)
            context.set_trailing_metadata(tuple((name.lower(), value) for name, value in headers.items()))
            return _response(found, raw=bool(request.raw_input_contents))

        return await self._answered(answer, context)

    async def _answered(self, answer: Callable[[], Awaitable[Any]], context: Any) -> Any:
        """Only since MLServer 1.1 is the code more than INVALID_ARGUMENT."""
        try:
            return await answer()
        except ServerError as error:
            code = StatusCode.INVALID_ARGUMENT if self._server.is_old else CODES[error.status]
            await context.abort(code, str(error))
        except Exception as error:  # noqa: BLE001 - as a status, so that a client learns what it was
            await context.abort(StatusCode.UNKNOWN if self._server.is_old else StatusCode.INTERNAL, str(error))


def _request(message: Any) -> InferenceRequest:
    tensors = []
    for number, each in enumerate(message.inputs):
        datatype = Datatype(each.datatype)
        if message.raw_input_contents:
            data = _from_raw(message.raw_input_contents[number], datatype)
        else:
            data = list(getattr(each.contents, FIELDS[datatype]))
        shape, parameters = list(each.shape), _parameters(each.parameters)
        tensors.append(Tensor(name=each.name, shape=shape, datatype=datatype, parameters=parameters, data=data))
    outputs = [RequestOutput(name=each.name, parameters=_parameters(each.parameters)) for each in message.outputs]
    return InferenceRequest(
        id=message.id or None, parameters=_parameters(message.parameters), inputs=tensors, outputs=outputs or None
    )


def _response(answer: InferenceResponse, *, raw: bool) -> Any:
    message = pb.ModelInferResponse(model_name=answer.model_name, model_version=answer.model_version or "")
    message.id = answer.id or ""
    for each in answer.outputs:
        output = message.outputs.add(name=each.name, datatype=each.datatype.value, shape=each.shape)
        for name, value in (each.parameters.model_dump(exclude_none=True) if each.parameters else {}).items():
            output.parameters[name].string_param = str(value)
        data = [item.encode() if isinstance(item, str) else item for item in each.data]
        if raw:
            message.raw_output_contents.append(_to_raw(data, each.datatype))
        else:
            getattr(output.contents, FIELDS[each.datatype]).extend(data)
    return message


def _parameters(found: Any) -> Parameters | None:
    values = {name: getattr(value, value.WhichOneof("parameter_choice")) for name, value in found.items()}
    return Parameters(**values) if values else None


def _from_raw(content: bytes, datatype: Datatype) -> list[Any]:
    """Elements one after another; those of BYTES with their length in four bytes before them."""
    if datatype is not Datatype.BYTES:
        found: list[Any] = np.frombuffer(content, dtype=DTYPES[datatype]).tolist()
        return found
    texts, start = [], 0
    while start < len(content):
        (length,) = struct.unpack_from("<I", content, start)
        texts.append(content[start + 4 : start + 4 + length])
        start += 4 + length
    return texts


def _to_raw(data: list[Any], datatype: Datatype) -> bytes:
    if datatype is not Datatype.BYTES:
        return np.array(data, dtype=DTYPES[datatype]).tobytes()
    return b"".join(struct.pack("<I", len(each)) + each for each in data)
