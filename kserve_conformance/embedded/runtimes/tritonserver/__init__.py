"""A server that answers as NVIDIA's Triton does, for ONNX models; Triton itself is no Python package.

Read at v2.14.0 (image 21.09) and v2.34.0 (image 23.05) of triton-inference-server's repositories server, core (in the
older one part of server) and onnxruntime_backend. It serves V2 over REST and gRPC, and its metrics; the models run in
ONNX Runtime. A model of another backend fails to load, as where an image was composed without that backend. Not here:
shared memory, classification, sequences and streams, ensembles, several instances, dynamic batches, the response cache.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import PurePath

from aiohttp import web

from kserve_conformance.embedded.runtimes import version
from kserve_conformance.embedded.runtimes.tritonserver import grpc, logs, metrics, options, rest
from kserve_conformance.embedded.runtimes.tritonserver.errors import TritonError
from kserve_conformance.embedded.runtimes.tritonserver.repository import Repository
from kserve_conformance.embedded.runtimes.tritonserver.server import Server

# By the image's tag, the month of its release.
RELEASES = {"21.09": "2.14.0", "23.05": "2.34.0"}
NOT_FOUND = 127


def main(words: list[str]) -> None:
    """NVIDIA's image runs whatever its arguments say; of that there is only the server. A model that cannot be loaded
    ends the process with 1."""
    if not words or PurePath(words[0]).name != "tritonserver":
        sys.stderr.write(f"/opt/nvidia/nvidia_entrypoint.sh: exec: {words[0] if words else 'bash'}: not found\n")
        sys.exit(NOT_FOUND)
    month = version().partition("-")[0] or "23.05"
    is_old = month < "22"
    chosen = options.parse(words[1:], is_old=is_old)
    explicit = chosen.model_control_mode == "explicit"
    repository = Repository(chosen.model_repository, strict=chosen.strict, is_old=is_old, explicit=explicit)
    try:
        repository.load_all(chosen.load_model)
    except TritonError as error:
        if chosen.exit_on_error:
            sys.stderr.write(f"error: creating server: {error.code.value[0]} - {error}\n")
            sys.exit(1)
    asyncio.run(_serve(Server(RELEASES.get(month, month), repository, is_old=is_old), chosen))


async def _serve(server: Server, chosen: argparse.Namespace) -> None:
    """Until SIGTERM, which the HTTP server takes."""
    calls = await grpc.start(server, chosen.grpc_port) if chosen.allow_grpc else None
    logs.info("grpc_server.cc:2450", f"Started GRPCInferenceService at 0.0.0.0:{chosen.grpc_port}")
    measured = await _measured(server, chosen.metrics_port) if chosen.allow_metrics else None
    logs.info("http_server.cc:3555", f"Started HTTPService at 0.0.0.0:{chosen.http_port}")
    await rest.serve(server, chosen.http_port)
    if calls:
        await calls.stop(grace=5)
    if measured:
        await measured.cleanup()


async def _measured(server: Server, port: int) -> web.AppRunner:
    """What serves the metrics."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(text=metrics.text(server))

    app = web.Application()
    app.router.add_get("/metrics", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "0.0.0.0", port).start()
    logs.info("http_server.cc:185", f"Started Metrics Service at 0.0.0.0:{port}")
    return runner
