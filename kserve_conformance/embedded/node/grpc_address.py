"""gRPC opens its sockets itself, not through Python's socket module: its servers are told where a pod listens."""

from __future__ import annotations

from grpc.aio import _server as servers  # `grpc.servers.Server` may be their abstract base


def listen_at(address: str) -> None:
    """Listening on every address means listening on the pod's own, from now on in this process."""
    original = servers.Server.add_insecure_port

    def add_insecure_port(self: servers.Server, where: str) -> int:
        host, _, port = where.rpartition(":")
        return int(original(self, f"{address}:{port}" if host in ("", "[::]", "0.0.0.0") else where))

    servers.Server.add_insecure_port = add_insecure_port
