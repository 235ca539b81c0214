"""Requests against a local server: what a sample says, and that traffic keeps its schedule."""

from __future__ import annotations

import shlex
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from kserve_conformance.inference.requests import Requests
from kserve_conformance.inference.sending import JSON, Sender
from kserve_conformance.inference.traffic import Traffic
from kserve_conformance.model import Sample


class Echo(BaseHTTPRequestHandler):
    """Answers with method, host, path and body; `/slow` after 0.3 s."""

    def _answer(self) -> None:
        time.sleep(0.3 if self.path == "/slow" else 0)
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        said = f"{self.command} {self.headers['host']} {self.path} {self.headers.get('content-type')} ".encode() + body
        self.send_response(302 if self.path == "/moved" else 200)
        self.send_header("location", "/elsewhere")
        self.send_header("content-length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    do_GET = do_POST = _answer  # noqa: N815 - names that the library looks for

    def log_message(self, *_: Any) -> None:
        """Nothing to say."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def sender(address: str) -> Iterator[Sender]:
    made = Sender(address, within=0.2)
    yield made
    made.close()


def test_the_curl_line_sends_the_same_request(sender: Sender) -> None:
    odd = b'{"it\'s": "$HOME"}'
    sample = sender.send("POST", "iris.example.com", "/v1/models/iris:predict", content=odd, headers=JSON)
    assert sample.body == b"POST iris.example.com /v1/models/iris:predict application/json " + odd
    again = subprocess.run(shlex.split(sample.curl), capture_output=True, check=True)
    assert again.stdout == sample.body


def test_what_did_not_answer_is_a_sample_too(sender: Sender) -> None:
    sample = sender.send("GET", "iris.example.com", "/slow")
    assert (sample.status, sample.json()) == (None, None)
    assert (sample.error or "").startswith("ReadTimeout")


def test_nothing_is_followed(sender: Sender) -> None:
    assert sender.send("GET", "iris.example.com", "/moved").status == 302


def test_traffic_keeps_its_schedule_however_slow_the_answers(address: str) -> None:
    patient = Sender(address, within=5)
    with Traffic(lambda at: patient.send("GET", "h", "/slow", intended=at), rate=20) as sent:
        sent.go_on(for_=1.0)
    patient.close()
    starts = [each.intended for each in sent.samples]
    assert len(starts) >= 20  # no answer, each 0.3 s late, delayed another
    assert starts == pytest.approx([starts[0] + 0.05 * number for number in range(len(starts))])
    assert min(each.seconds for each in sent.samples) >= 0.3
    assert sent.last(3) == sent.samples[-3:]


def test_what_was_sent_before_does_not_count(address: str) -> None:
    patient = Sender(address, within=5)
    with Traffic(lambda at: patient.send("GET", "h", "/slow", intended=at), rate=20) as sent:
        sent.go_on(for_=0.5)
        sent.count_from_now()
        moment = time.monotonic()
        sent.go_on(for_=0.5)
        sent.stop()
        ended = sent.samples
    patient.close()
    assert len(ended) >= 8
    assert min(each.intended for each in ended) >= moment - 0.05
    assert sent.samples == ended


def test_an_error_of_our_own_is_not_lost() -> None:
    def fail(_: float) -> Sample:
        raise ValueError("ours")

    with pytest.raises(ValueError, match="ours"), Traffic(fail, rate=50) as sent:
        sent.go_on(for_=0.1)


def test_a_url_is_called_as_it_is_wherever_its_host_may_be(sender: Sender) -> None:
    sample = Requests(sender).at("http://iris.example.com:81/serving/ns/", "/v1/models")
    assert sample.body.startswith(b"GET iris.example.com:81 /serving/ns/v1/models ")


def test_a_url_of_another_scheme_is_not_answered(sender: Sender, address: str) -> None:
    assert Requests(sender).at("https://iris.example.com", "/").status is None
    both = Sender(address, within=0.2, secure=address)  # where nobody speaks TLS
    assert Requests(both).at("https://iris.example.com", "/").status is None
    both.close()
