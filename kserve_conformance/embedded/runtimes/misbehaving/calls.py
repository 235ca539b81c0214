"""The same over gRPC: defects on the way of a call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import grpc

from kserve_conformance.embedded.runtimes import seeded

OWN_ERRORS, NEVER_READY = "grpc-own-errors", "grpc-never-ready"


def interceptors() -> list[grpc.aio.ServerInterceptor]:
    """Of a server of grpc.aio, for the defects that this container shall have."""
    knobs = seeded() & {OWN_ERRORS, NEVER_READY}
    return [Misbehaving(knobs)] if knobs else []


class Misbehaving(grpc.aio.ServerInterceptor):  # type: ignore[misc]
    def __init__(self, knobs: frozenset[str]) -> None:
        self._knobs = knobs

    async def intercept_service(self, go_on: Callable[[Any], Awaitable[Any]], details: Any) -> Any:
        handler = await go_on(details)

        async def answer(request: Any, context: Any) -> Any:
            said = await handler.unary_unary(request, OwnErrors(context) if OWN_ERRORS in self._knobs else context)
            if NEVER_READY in self._knobs and hasattr(said, "ready"):
                said.ready = False
            return said

        return grpc.unary_unary_rpc_method_handler(answer, handler.request_deserializer, handler.response_serializer)


class OwnErrors:
    """A call's context, with which every error is the server's own."""

    def __init__(self, context: Any) -> None:
        self._context = context

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    async def abort(self, _: grpc.StatusCode, details: str) -> None:
        await self._context.abort(grpc.StatusCode.INTERNAL, details)
