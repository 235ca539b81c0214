"""Where the servers of KServe 0.10 answer differently from today's (kserve v0.10.0 python/kserve/kserve)."""

from __future__ import annotations

from typing import Any

from kserve import Model, model
from kserve.errors import InvalidInput
from kserve.protocol.dataplane import DataPlane
from kserve.protocol.grpc import server as grpc_server
from kserve.protocol.rest.v1_endpoints import V1Endpoints
from kserve.protocol.rest.v2_endpoints import V2Endpoints
from starlette.exceptions import HTTPException

from kserve_conformance.embedded.runtimes import version


def is_emulated() -> bool:
    return version().startswith("0.10.")


def emulate() -> None:
    """In this process, for good."""
    _take_any_content_type()
    _decode_before_asking_for_the_model("predict")
    _decode_before_asking_for_the_model("explain")
    Model.validate = _expect_lists
    model._FORWARDABLE_HEADERS = frozenset({"x-request-id", "x-b3-traceid"})  # authorization came with 0.20
    V2Endpoints.models = _not_found
    # Every exception ends a call with UNKNOWN; the interceptor for canonical codes came with 0.15.
    grpc_server.ExceptionToStatusInterceptor = grpc_server.LoggingInterceptor


def _take_any_content_type() -> None:
    """Every body is read as JSON, whatever its Content-Type (protocol/dataplane.py, decode)."""
    decode = DataPlane.decode

    def as_json(self: DataPlane, body: Any, headers: dict[str, str], *rest: Any, **more: Any) -> Any:
        plain = {name: text for name, text in headers.items() if name != "content-type"}
        return decode(self, body, plain, *rest, **more)

    DataPlane.decode = as_json


def _decode_before_asking_for_the_model(verb: str) -> None:
    """A malformed body is the first complaint, even about a model that is not there (protocol/dataplane.py, infer)."""
    original = getattr(V1Endpoints, verb)

    async def decoded_first(self: V1Endpoints, model_name: str, request: Any) -> Any:
        self.dataplane.decode(body=await request.body(), headers=dict(request.headers.items()))
        return await original(self, model_name, request)

    # FastAPI reads a handler's parameters from its annotations.
    decoded_first.__annotations__ = original.__annotations__
    setattr(V1Endpoints, verb, decoded_first)


def _expect_lists(_: Model, payload: Any) -> Any:
    """model.py, validate."""
    if isinstance(payload, dict) and "instances" in payload and not isinstance(payload["instances"], list):
        raise InvalidInput('Expected "instances" to be a list')
    return payload


async def _not_found(_: V2Endpoints) -> None:
    """The list of models is of 0.11."""
    raise HTTPException(404)
