"""Conversations with the streamer itself, and with one that makes its answers whole or opens no WebSocket."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.models import streamer
from kserve_conformance.inference.requests import Requests
from kserve_conformance.inference.sending import Sender
from kserve_conformance.inference.streams import Streams

SERVICE = SimpleNamespace(host="streamer.example.com", model_name="streamer")


class Whole(BaseHTTPRequestHandler):
    """As behind a proxy that keeps answers until they are whole."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"first\nnobody asked\n")

    def log_message(self, *_: Any) -> None:
        """Nothing to say."""


@pytest.fixture
def streams() -> Iterator[Callable[[type[BaseHTTPRequestHandler]], Streams]]:
    opened: list[Any] = []

    def start(handler: type[BaseHTTPRequestHandler]) -> Streams:
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"127.0.0.1:{server.server_port}"
        sender = Sender(address, within=5)
        opened.extend((sender.close, server.shutdown, server.server_close))
        return Streams(address, Requests(sender), within=5)

    yield start
    for each in opened:
        each()


def test_the_last_piece_is_asked_for_when_the_first_is_there(streams) -> None:
    found = streams(streamer.Handler).pieces(SERVICE)
    assert (found.status, found.body) == (200, b"first\nasked for\n")


def test_what_came_whole_tells_so(streams) -> None:
    assert streams(Whole).pieces(SERVICE).body == b"first\nnobody asked\n"


def test_a_websocket_brings_the_message_back(streams) -> None:
    found = streams(streamer.Handler).returned(SERVICE, "Guten Tag")
    assert (found.status, found.body) == (200, b"Guten Tag")


def test_a_refusal_is_a_sample_too(streams) -> None:
    assert streams(Whole).returned(SERVICE, "Guten Tag").body != b"Guten Tag"


def test_silence_is_a_sample_too() -> None:
    nobody = Streams("127.0.0.1:1", Requests(Sender("127.0.0.1:1", within=1)), within=1)
    assert nobody.pieces(SERVICE).status is None
    assert nobody.returned(SERVICE, "Guten Tag").status is None
