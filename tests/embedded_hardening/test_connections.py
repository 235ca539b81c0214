"""Clients that behave badly on the wire do not disturb the others."""

from __future__ import annotations

import resource
import socket
import ssl
import threading
import time
from collections.abc import Iterator

import psutil
import pytest

from kserve_conformance.embedded.apiserver import watches
from kserve_conformance.embedded.apiserver.resources import CONFIG_MAPS
from tests.embedded_apiserver.serving import Served, serve

WATCHES = 2000
MAPS = "/api/v1/namespaces/default/configmaps"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(tmp_path_factory.mktemp("connections")) as running:
        yield running


def connected(served: Served) -> ssl.SSLSocket:
    plain = socket.create_connection(("127.0.0.1", served.server.port), timeout=20)
    return served.verify.wrap_socket(plain, server_hostname="127.0.0.1")


def asked(served: Served, path: str) -> ssl.SSLSocket:
    link = connected(served)
    link.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {served.token}\r\n\r\n".encode())
    return link


def until(link: ssl.SSLSocket, words: bytes) -> bytes:
    """What was received up to and with these words."""
    received = bytearray()
    while words not in received[-(1 << 17) :]:
        more = link.recv(1 << 16)
        assert more, received[-500:]
        received += more
    return bytes(received)


def fill(served: Served, name: str, size: int = 10) -> None:
    body = {"metadata": {"name": name, "namespace": "default"}, "data": {"a": "x" * size}}
    served.on_loop(lambda: served.store.create(CONFIG_MAPS, body))


@pytest.fixture
def _many_files() -> Iterator[None]:
    """Both ends of every connection are in this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 3 * WATCHES)), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("_many_files")
def test_two_thousand_watches_all_hear_of_a_change(served: Served) -> None:
    links = [asked(served, f"{MAPS}?watch=1") for _ in range(WATCHES)]
    for link in links:
        until(link, b"\r\n\r\n")
    fill(served, "heard")
    for link in links:
        until(link, b'"name":"heard"')
        link.close()


def test_a_watcher_that_stops_reading_is_dropped_and_nobody_else_misses_anything(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watches, "STALLED_AFTER", 2.0)
    deaf, good = asked(served, f"{MAPS}?watch=1"), asked(served, f"{MAPS}?watch=1")
    seen = bytearray()

    def listen() -> None:
        seen.extend(until(good, b'"name":"last"'))

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    for number in range(60):
        fill(served, f"big-{number}", 500_000)
    fill(served, "last")
    listener.join(20)
    assert [number for number in range(60) if f'"name":"big-{number}"'.encode() not in seen] == []
    deadline = time.monotonic() + 20
    while held(deaf):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    deaf.close()
    good.close()


def held(link: ssl.SSLSocket) -> bool:
    """Whether the server, which is in this process, still has its end of this connection."""
    ours = link.getsockname()
    ends = psutil.Process().connections("tcp4")
    return any(end.raddr == ours and end.status == psutil.CONN_ESTABLISHED for end in ends)


def test_clients_that_send_a_byte_now_and_then_keep_nobody_waiting(served: Served) -> None:
    slow = [connected(served) for _ in range(100)]
    for link in slow:
        link.sendall(b"GET /api HTTP/1.1\r\nHost: x\r\nX-")
    assert served.http.get("/api/v1/namespaces", timeout=5).status_code == 200
    for link in slow:
        link.sendall(b"a")
    assert served.http.get("/api/v1/namespaces", timeout=5).status_code == 200
    for link in slow:
        link.close()


def test_a_body_that_never_comes_keeps_nobody_waiting(served: Served) -> None:
    link = connected(served)
    head = f"POST {MAPS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {served.token}\r\nContent-Length: 1000\r\n"
    link.sendall(f"{head}Content-Type: application/json\r\n\r\n{{".encode())
    assert served.http.get(MAPS, timeout=5).status_code == 200
    link.close()


def test_a_namespace_goes_while_it_is_watched(served: Served) -> None:
    assert served.http.post("/api/v1/namespaces", json={"metadata": {"name": "leaving"}}).status_code == 201
    path = "/api/v1/namespaces/leaving/configmaps"
    served.http.post(path, json={"metadata": {"name": "inside"}})
    link = asked(served, f"{path}?watch=1")
    until(link, b'"name":"inside"')
    served.http.delete("/api/v1/namespaces/leaving")
    assert b'"name":"inside"' in until(link, b'"type":"DELETED"')
    link.close()
