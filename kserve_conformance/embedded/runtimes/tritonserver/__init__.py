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

NEWEST = "23.05"
NEWER = "22.07"  # what is told apart by two versions changed from 22.04 to 22.08, most of it in this month
NOT_FOUND = 127


def main(words: list[str]) -> None:
    """NVIDIA's image runs whatever its arguments say; of that there is only the server. A model that cannot be loaded
    ends the process with 1."""
    if not words or PurePath(words[0]).name != "tritonserver":
        sys.stderr.write(f"/opt/nvidia/nvidia_entrypoint.sh: exec: {words[0] if words else 'bash'}: not found\n")
        sys.exit(NOT_FOUND)
    month = version().partition("-")[0] or NEWEST
    is_old = month < NEWER
    chosen = options.parse(words[1:], is_old=is_old)
    explicit = chosen.model_control_mode == "explicit"
    repository = Repository(chosen.model_repository, strict=chosen.strict, is_old=is_old, explicit=explicit)
    try:
        repository.load_all(chosen.load_model)
    except TritonError as error:
        if chosen.exit_on_error:
            sys.stderr.write(f"error: creating server: {error.code.value[0]} - {error}\n")
            sys.exit(1)
    asyncio.run(_serve(Server(_release(month), repository, is_old=is_old), chosen))


def _release(month: str) -> str:
    """Triton's own version, by the image's tag: there is one every month, 2.34 being that of 23.05."""
    year, _, number = month.partition(".")
    minor = 34 + 12 * (int(year) - 23) + int(number) - 5 if (year + number).isdecimal() and number else 34
    return f"2.{minor}.0"


async def _serve(server: Server, chosen: argparse.Namespace) -> None:
    """Until SIGTERM, which the HTTP server takes."""
    calls = measured = None
    if chosen.allow_grpc:
        calls = await grpc.start(server, chosen.grpc_port)
        logs.info("grpc_server.cc:2450", f"Started GRPCInferenceService at 0.0.0.0:{chosen.grpc_port}")
    if chosen.allow_metrics:
        measured = await _measured(server, chosen.metrics_port)
        logs.info("http_server.cc:185", f"Started Metrics Service at 0.0.0.0:{chosen.metrics_port}")
    if chosen.allow_http:
        logs.info("http_server.cc:3555", f"Started HTTPService at 0.0.0.0:{chosen.http_port}")
        await rest.serve(server, chosen.http_port)
    else:
        await asyncio.Event().wait()
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
    return runner
