"""V2 over HTTP, and the metrics (mlserver/rest)."""

from __future__ import annotations

from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import ORJSONResponse
from prometheus_client import REGISTRY, exposition, start_http_server

from kserve_conformance.embedded.runtimes import misbehaving
from kserve_conformance.embedded.runtimes.mlserver.errors import ServerError
from kserve_conformance.embedded.runtimes.mlserver.server import Server
from kserve_conformance.embedded.runtimes.mlserver.types import InferenceRequest, RepositoryIndexRequest

METRICS_PORT = 8082  # since MLServer 1.1; before they were beside the models


async def serve(server: Server, port: int) -> None:
    """Until SIGTERM."""
    app = application(server)
    if server.is_old:
        app.add_api_route("/metrics", _metrics, methods=["GET"])
    else:
        start_http_server(METRICS_PORT)
    await uvicorn.Server(uvicorn.Config(app, host="0.0.0.0", port=port, log_level="info")).serve()


def application(server: Server) -> FastAPI:
    app = FastAPI(default_response_class=ORJSONResponse, docs_url=None, redoc_url=None, openapi_url=None)
    misbehaving.add_to(app)

    @app.exception_handler(ServerError)
    async def explain(_: Request, error: ServerError) -> Response:
        return ORJSONResponse({"error": str(error)}, 400 if server.is_old else error.status)

    @app.get("/v2")
    async def metadata() -> Any:
        return server.metadata()

    @app.get("/v2/health/live")
    @app.get("/v2/health/ready")
    async def healthy() -> Response:
        return Response()

    @app.get("/v2/models/{name}")
    @app.get("/v2/models/{name}/versions/{version}")
    async def model_metadata(name: str, version: str | None = None) -> Any:
        return server.model_metadata(name, version)

    @app.get("/v2/models/{name}/ready")
    @app.get("/v2/models/{name}/versions/{version}/ready")
    async def model_ready(name: str, version: str | None = None) -> Response:
        server.check_ready(name, version)
        return Response()

    @app.post("/v2/models/{name}/infer")
    @app.post("/v2/models/{name}/versions/{version}/infer")
    async def infer(name: str, body: InferenceRequest, version: str | None = None) -> Response:
        answer = server.infer(body, name, version)
        return ORJSONResponse(answer.model_dump(mode="json", exclude_none=True), headers=server.event_headers(answer))

    @app.post("/v2/repository/index")
    async def index(body: RepositoryIndexRequest) -> Any:
        return server.index(only_ready=bool(body.ready))

    @app.post("/v2/repository/models/{name}/load")
    async def load(name: str) -> Response:
        server.load(name)
        return Response()

    @app.post("/v2/repository/models/{name}/unload")
    async def unload(name: str) -> Response:
        server.unload(name)
        return Response()

    return app


async def _metrics(request: Request) -> Response:
    encode, content_type = exposition.choose_encoder(request.headers.get("accept", ""))
    return Response(encode(REGISTRY), headers={"content-type": content_type})
