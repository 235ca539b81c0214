"""Conversations with a server that does not answer at once (fixtures/models/streamer.py); each ends in one sample."""

from __future__ import annotations

import time
from collections.abc import Callable

import httpx
import websocket

from kserve_conformance.inference.requests import Addressed, Requests
from kserve_conformance.inference.sending import curl
from kserve_conformance.model import Sample


class Streams:
    """Through the gateway at `address` (host:port), in clear text."""

    def __init__(
        self, address: str, requests: Requests, *, within: float, tell: Callable[[Sample], None] | None = None
    ) -> None:
        """`within`: seconds until silence counts as a failure. `tell` hears of every sample."""
        self._address = address
        self._requests = requests
        self._within = within
        self._tell = tell

    def pieces(self, service: Addressed) -> Sample:
        """Asks for an answer in pieces, and for its last piece once the first has come; the body is all of it."""
        url, host, sent = f"http://{self._address}/pieces", service.host, time.monotonic()
        status, headers, body, error = None, {}, b"", None
        timeout = httpx.Timeout(self._within)
        try:
            with (
                httpx.Client(timeout=timeout, trust_env=False) as client,
                client.stream("GET", url, headers={"host": host}) as answer,
            ):
                status, headers = answer.status_code, dict(answer.headers)
                for number, piece in enumerate(answer.iter_raw()):
                    body += piece
                    if number == 0:
                        self._requests.to_host(host, "/next")
        except httpx.HTTPError as problem:
            error = f"{type(problem).__name__}: {problem}".rstrip(": ")
        return self._sample(url, host, sent, status, headers, body, error)

    def returned(self, service: Addressed, message: str) -> Sample:
        """What a WebSocket brings back for a message; 200 when it was opened, as for other answers."""
        url, host, sent = f"ws://{self._address}/socket", service.host, time.monotonic()
        status, body, error = None, b"", None
        try:
            opened = websocket.create_connection(
                url, timeout=self._within, host=host, suppress_origin=True, http_no_proxy=["*"]
            )
            opened.send(message)
            status, body = 200, str(opened.recv()).encode()
            opened.close()
        except websocket.WebSocketBadStatusException as refused:
            status, body = refused.status_code, refused.resp_body or b""
        except (websocket.WebSocketException, OSError) as problem:
            error = f"{type(problem).__name__}: {problem}".rstrip(": ")
        return self._sample(url, host, sent, status, {}, body, error)

    def _sample(
        self,
        url: str,
        host: str,
        sent: float,
        status: int | None,
        headers: dict[str, str],
        body: bytes,
        error: str | None,
    ) -> Sample:
        sample = Sample(
            intended=sent,
            sent=sent,
            done=time.monotonic(),
            method="GET",
            url=url,
            host=host,
            status=status,
            headers=headers,
            body=body,
            error=error,
            curl=curl("GET", url, {"host": host}, None),
        )
        if self._tell is not None:
            self._tell(sample)
        return sample
