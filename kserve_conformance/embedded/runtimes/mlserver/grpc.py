"""V2 over gRPC (mlserver/grpc)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from grpc import StatusCode, aio
from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb

from kserve_conformance.embedded.runtimes import grpc_server
from kserve_conformance.embedded.runtimes.mlserver.errors import ServerError
from kserve_conformance.embedded.runtimes.mlserver.server import Server
from kserve_conformance.embedded.runtimes.mlserver.types import (
    InferenceRequest,
    InferenceResponse,
    Parameters,
    RequestOutput,
    Tensor,
)
from kserve_conformance.embedded.runtimes.tensors import FIELDS, Datatype, from_raw, to_raw

CODES = {400: StatusCode.INVALID_ARGUMENT, 404: StatusCode.NOT_FOUND, 500: StatusCode.INTERNAL}


async def start(server: Server, port: int) -> aio.Server:
    return await grpc_server.start(Service(server), port)


class Service(grpc_server.Service):
    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self._server = server

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
            data = from_raw(message.raw_input_contents[number], datatype)
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
            message.raw_output_contents.append(to_raw(data, each.datatype))
        else:
            getattr(output.contents, FIELDS[each.datatype]).extend(data)
    return message


def _parameters(found: Any) -> Parameters | None:
    values = {name: getattr(value, value.WhichOneof("parameter_choice")) for name, value in found.items()}
    return Parameters(**values) if values else None
