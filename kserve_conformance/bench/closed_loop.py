"""A closed loop that costs next to nothing itself: one thread, the same request again on every connection.

It is for ratios within one run. Latencies of a service are measured by `kserve_conformance.load`, in an open loop.
"""

from __future__ import annotations

import selectors
import socket
import statistics
import time
from dataclasses import dataclass

LIMIT = 120.0


class WrongAnswerError(Exception):
    """Not 200; the message is how it begins."""


@dataclass(frozen=True)
class Loop:
    """Answers a second, and the median time of one in seconds."""

    rate: float
    median: float


def closed_loop(
    address: tuple[str, int], host: str, path: str, body: bytes, *, connections: int, seconds: float
) -> Loop:
    """The first tenth of the time warms up."""
    request = _request(host, path, body)
    sent: dict[socket.socket, float] = {}
    took: list[float] = []
    with selectors.DefaultSelector() as selector:
        for _ in range(connections):
            connection = _connected(address)
            selector.register(connection, selectors.EVENT_READ)
            sent[connection] = time.perf_counter()
            connection.sendall(request)
        began = time.perf_counter()
        counts_from, end = began + seconds / 10, began + seconds
        now = began
        while now < end:
            for key, _ in selector.select():
                answered = key.fileobj
                assert isinstance(answered, socket.socket)
                _read(answered)
                now = time.perf_counter()
                if now >= counts_from:
                    took.append(now - sent[answered])
                sent[answered] = now
                answered.sendall(request)
        for connection in sent:
            connection.close()
    return Loop(len(took) / (now - counts_from), statistics.median(took))


def ask(address: tuple[str, int], host: str, path: str, body: bytes) -> None:
    """Once. Raises WrongAnswerError."""
    with _connected(address) as connection:
        connection.sendall(_request(host, path, body))
        _read(connection)


def _connected(address: tuple[str, int]) -> socket.socket:
    connection = socket.create_connection(address, LIMIT)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _request(host: str, path: str, body: bytes) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


def _read(connection: socket.socket) -> None:
    """One answer with a Content-Length."""
    answer = b""
    while True:
        more = connection.recv(65536)
        if not more:
            raise WrongAnswerError("the connection was closed")
        answer += more
        head, found, body = answer.partition(b"\r\n\r\n")
        if not found:
            continue
        if not head.startswith(b"HTTP/1.1 200"):
            raise WrongAnswerError(answer[:200].decode(errors="replace"))
        length = int(head.lower().partition(b"content-length:")[2].split()[0])
        if len(body) >= length:
            return
