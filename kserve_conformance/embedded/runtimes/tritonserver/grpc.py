"""V2 over gRPC (server src/servers/grpc_server.cc at v2.14.0, src/grpc/ at v2.34.0).

Not here: streaming, and what is Triton's own (statistics, configuration, index), which REST has.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from grpc import StatusCode, aio
from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb

from kserve_conformance.embedded.runtimes import grpc_server
from kserve_conformance.embedded.runtimes.tensors import DTYPES, FIELDS, Datatype
from kserve_conformance.embedded.runtimes.tritonserver import payloads
from kserve_conformance.embedded.runtimes.tritonserver.errors import TritonError
from kserve_conformance.embedded.runtimes.tritonserver.server import Input, Request, Server

# gRPC's own limit of 4 MB is lifted, as in Triton.
UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


async def start(server: Server, port: int) -> aio.Server:
    return await grpc_server.start(Service(server), port, UNLIMITED)


class Service(grpc_server.Service):
    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self._server = server

    async def ModelReady(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        """A model that is not there is no error."""
        return pb.ModelReadyResponse(ready=self._server.is_ready(request.name, request.version))

    async def ModelMetadata(self, request: Any, context: Any) -> Any:  # noqa: N802
        return await _answered(
            context, lambda: pb.ModelMetadataResponse(**self._server.model_metadata(request.name, request.version))
        )

    async def ModelInfer(self, request: Any, context: Any) -> Any:  # noqa: N802
        return await _answered(context, lambda: self._infer(request))

    async def RepositoryModelLoad(self, request: Any, context: Any) -> Any:  # noqa: N802
        await _answered(context, lambda: self._server.repository.load(request.model_name))
        return pb.RepositoryModelLoadResponse()

    async def RepositoryModelUnload(self, request: Any, context: Any) -> Any:  # noqa: N802
        await _answered(context, lambda: self._server.repository.unload(request.model_name))
        return pb.RepositoryModelUnloadResponse()

    def _infer(self, request: Any) -> Any:
        """Outputs are bytes, whatever the inputs were."""
        model = self._server.repository.find(request.model_name, request.model_version)
        asked = Request(request.id, _inputs(request), [each.name for each in request.outputs])
        answer = pb.ModelInferResponse(model_name=model.name, model_version=str(model.version), id=request.id)
        for each in self._server.infer(model, asked):
            answer.outputs.add(name=each.name, datatype=each.datatype, shape=each.array.shape)
            answer.raw_output_contents.append(payloads.as_bytes(each))
        return answer


async def _answered(context: Any, answer: Callable[[], Any]) -> Any:
    try:
        return answer()
    except TritonError as error:
        await context.abort(StatusCode[error.code.value[1]], str(error))


def _inputs(request: Any) -> list[Input]:
    """Raises TritonError."""
    raw = iter(request.raw_input_contents)
    return [Input(each.name, each.datatype, list(each.shape), _elements(request, each, raw)) for each in request.inputs]


def _elements(request: Any, given: Any, raw: Any) -> np.ndarray:
    about = f"'{given.name}' for model '{request.model_name}'"
    if given.HasField("contents"):
        if request.raw_input_contents:
            raise TritonError(f"contents field must not be specified when using raw_input_contents for {about}")
        return _explicit(given, about)
    content = next(raw, None)
    if content is None:
        raise TritonError(f"unable to find data for input tensor {about} in request.")
    return payloads.elements(given.name, content, given.datatype)


def _explicit(given: Any, about: str) -> np.ndarray:
    datatype = given.datatype
    field = None if datatype == Datatype.FP16 else FIELDS.get(datatype)  # these are given as bytes only
    filled = [each.name for each, _ in given.contents.ListFields()]
    if [each for each in filled if each != field]:
        of = next(kind for kind in reversed(FIELDS) if FIELDS[kind] == filled[0])
        raise TritonError(
            f"unexpected explicit tensor data for input tensor {about} of type '{of}', expected datatype '{datatype}'"
        )
    data = list(getattr(given.contents, field)) if field else []
    if datatype == Datatype.BYTES:
        return np.array([payloads.text(each) for each in data], dtype=object)
    return np.array(data).astype(DTYPES.get(datatype, "uint8"))  # what is too large is cut off, as in C++
