"""A server that answers as Seldon's MLServer does; MLServer itself cannot be installed beside today's FastAPI.

Read at MLServer 1.0.1 and 1.7.1 (mlserver/, mlserver_sklearn, mlserver_xgboost, mlserver_lightgbm). It serves V2 over
REST and gRPC, and its metrics. Not here: streaming, adaptive batching, generated OpenAPI pages, MLflow models.
"""

from __future__ import annotations

import asyncio
import os

from kserve_conformance.embedded.runtimes import version
from kserve_conformance.embedded.runtimes.mlserver import grpc, rest
from kserve_conformance.embedded.runtimes.mlserver.models import load
from kserve_conformance.embedded.runtimes.mlserver.server import Server


def main(_: list[str]) -> None:
    """All settings are variables. A model that cannot be loaded ends the process with a trace."""
    server = Server(version() or "1.7.1", load(os.environ))
    asyncio.run(_serve(server))


async def _serve(server: Server) -> None:
    """Until SIGTERM, which the HTTP server takes."""
    calls = await grpc.start(server, int(os.environ.get("MLSERVER_GRPC_PORT", "8081")))
    await rest.serve(server, int(os.environ.get("MLSERVER_HTTP_PORT", "8080")))
    await calls.stop(grace=5)
