"""What servers of V2 over gRPC have in common, those that are not KServe's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from grpc import aio
from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb
from kserve.protocol.grpc import grpc_predict_v2_pb2_grpc as services

from kserve_conformance.embedded.runtimes.misbehaving import calls as misbehaving


class Described(Protocol):
    def metadata(self) -> Mapping[str, Any]:
        """Of the server: name, version, extensions."""


class Service(services.GRPCInferenceServiceServicer):  # type: ignore[misc]
    """The methods are named by the protocol. It serves from when it has loaded its models."""

    def __init__(self, server: Described) -> None:
        self._described = server

    async def ServerLive(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        return pb.ServerLiveResponse(live=True)

    async def ServerReady(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        return pb.ServerReadyResponse(ready=True)

    async def ServerMetadata(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        return pb.ServerMetadataResponse(**self._described.metadata())


async def start(service: Service, port: int, options: Sequence[tuple[str, int]] = ()) -> aio.Server:
    calls = aio.server(interceptors=misbehaving.interceptors(), options=options)
    services.add_GRPCInferenceServiceServicer_to_server(service, calls)
    calls.add_insecure_port(f"[::]:{port}")
    await calls.start()
    return calls
