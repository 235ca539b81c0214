"""V2 over HTTP, and the metrics (server src/servers/http_server.cc at v2.14.0, src/http_server.cc at v2.34.0).

Every error is a 400, whatever it is; a path that is not known as well, and then without a word.
"""

from __future__ import annotations

import gzip
import re
import signal
import zlib
from typing import Any

import orjson
import uvicorn
from fastapi import FastAPI, Request, Response

from kserve_conformance.embedded.runtimes import misbehaving
from kserve_conformance.embedded.runtimes.tritonserver import configs, metrics, payloads
from kserve_conformance.embedded.runtimes.tritonserver.errors import Code, TritonError
from kserve_conformance.embedded.runtimes.tritonserver.server import Server

MODEL = re.compile(r"/v2/models/([^/]+)(?:/versions/([0-9]+))?(?:/(infer|ready|config|stats))?")
REPOSITORY = re.compile(r"/v2/repository(?:/([^/]+))?/(?:(index)|models/([^/]+)/(load|unload))")
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
HEADER_LENGTH = "Inference-Header-Content-Length"
COMPRESSIONS = "gzip, deflate"


async def serve(server: Server, port: int) -> None:
    """Until SIGTERM, which is not the end: uvicorn raises it again when all is answered, and Triton ends with 0."""
    signal.signal(signal.SIGTERM, lambda *_: None)
    config = uvicorn.Config(application(server), host="0.0.0.0", port=port, log_level="warning")
    await uvicorn.Server(config).serve()


def application(server: Server) -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    misbehaving.add_to(app)

    @app.api_route("/{path:path}", methods=METHODS)
    async def answer(request: Request) -> Response:
        try:
            return await _answered(server, request)
        except TritonError as error:
            return _json({"error": str(error)}, 400)

    return app


async def _answered(server: Server, request: Request) -> Response:
    path = request.url.path
    if path in ("/v2", "/v2/health/live", "/v2/health/ready"):
        return _only("GET", request) or (_json(server.metadata()) if path == "/v2" else Response())
    if path == "/v2/models/stats":
        return _only("GET", request) or _json(metrics.statistics(server, list(server.repository.versions())))
    if found := MODEL.fullmatch(path):
        name, version, kind = (part or "" for part in found.groups())
        return await _of_model(server, request, name, version, kind)
    if found := REPOSITORY.fullmatch(path):
        repository, index, name, action = found.groups()
        return _only("POST", request) or await _of_repository(server, request, repository, index, name, action)
    return Response(status_code=400)


async def _of_model(server: Server, request: Request, name: str, version: str, kind: str) -> Response:
    if kind == "infer":
        return _only("POST", request) or await _infer(server, request, name, version)
    if refused := _only("GET", request):
        return refused
    if kind == "ready":
        return Response(status_code=200 if server.is_ready(name, version) else 400)
    if kind == "config":
        return _json(configs.as_json(server.repository.find(name, version).config))
    if kind == "stats":
        return _json(metrics.statistics(server, _ready(server, name, version)))
    return _json(server.model_metadata(name, version))


def _ready(server: Server, name: str, version: str) -> list[Any]:
    """Raises TritonError."""
    found = list(server.repository.versions(name))
    if not found:
        raise TritonError(f"requested model '{name}' is not available")
    found = [each for each in found if not version or each.version == int(version)]
    if not found:
        raise TritonError(f"requested model version is not available for model '{name}'")
    return found


async def _of_repository(
    server: Server, request: Request, repository: str | None, index: str | None, name: str, action: str
) -> Response:
    if index:
        body = payloads.parsed(content) if (content := await request.body()) else {}
        return _json(server.repository.index(only_ready=isinstance(body, dict) and body.get("ready") is True))
    if repository:
        raise TritonError("'repository_name' specification is not supported", Code.UNSUPPORTED)
    if action == "load":
        server.repository.load(name)
    else:
        server.repository.unload(name)
    return Response(media_type="application/json")


async def _infer(server: Server, request: Request, name: str, version: str) -> Response:
    """Raises TritonError. The model is looked for before the body is read."""
    model = server.repository.find(name, version)
    encoding = request.headers.get("content-encoding", "identity")
    if encoding not in ("", "identity", "gzip", "deflate"):
        return Response(status_code=415, headers={"Accept-Encoding": COMPRESSIONS})
    body = _plain(await request.body(), encoding)
    length = _header_length(request.headers.get(HEADER_LENGTH), len(body))
    if length == 0 and not server.is_old:
        asked, told = payloads.raw(model, body), payloads.Told(binary=True)
    else:
        asked, told = payloads.request(name, body, length or len(body))
    head, parts = payloads.response(model, asked, server.infer(model, asked), told)
    text = orjson.dumps(head)
    if not parts:
        return Response(text, media_type="application/json")
    headers = {HEADER_LENGTH: str(len(text))}
    return Response(text + b"".join(parts), media_type="application/octet-stream", headers=headers)


def _header_length(said: str | None, size: int) -> int:
    """All of the body where it is not said. Raises TritonError."""
    if said is None:
        return size
    digits = re.match(r"\s*([+-]?\d+)", said)  # as C's atoi
    length = int(digits[1]) if digits else 0
    if not 0 <= length <= size:
        raise TritonError(f"inference header size should be in range (0, {size}), got: {said}")
    return length


def _plain(body: bytes, encoding: str) -> bytes:
    try:
        if encoding == "gzip":
            return gzip.decompress(body)
        return zlib.decompress(body) if encoding == "deflate" else body
    except (OSError, EOFError, zlib.error) as error:
        raise TritonError("fail to decompress data", Code.INTERNAL) from error


def _only(method: str, request: Request) -> Response | None:
    return None if request.method == method else Response(status_code=405)


def _json(content: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, media_type="application/json")
