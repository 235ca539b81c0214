"""One request, one sample: a connection of its own, nothing retried, nothing followed, nothing raised."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from kserve_conformance.model import Sample

JSON = {"content-type": "application/json"}
LONGEST_SHOWN = 4096  # bytes of a request that a curl line repeats


class Sender:
    """Sends to the gateway at `address` (host:port). Safe to use from several threads."""

    def __init__(
        self, address: str, *, within: float, secure: str = "", tell: Callable[[Sample], None] | None = None
    ) -> None:
        """`within`: seconds until an unanswered request counts as failed. `secure` is the address for TLS, if any.
        `tell` hears of every sample."""
        self._addresses = {"http": address, "https": secure}
        self._tell = tell
        # A connection kept from before would hide what a new client meets, and sticks to one Envoy worker.
        self._http = httpx.Client(
            limits=httpx.Limits(max_keepalive_connections=0, max_connections=None),
            timeout=httpx.Timeout(within),
            trust_env=False,
            follow_redirects=False,
            verify=False,  # who signs the gateway's certificate is its operator's choice
        )

    def send(
        self,
        method: str,
        host: str,
        path: str,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        intended: float | None = None,
        scheme: str = "http",
    ) -> Sample:
        """`intended`: when this request was to be sent, monotonic seconds; now, when not given."""
        url = f"{scheme}://{self._addresses.get(scheme, '')}{path}"
        said = {"host": host, **(headers or {})}
        sent = time.monotonic()
        status, answer_headers, body, error = None, {}, b"", None
        try:
            named = {"sni_hostname": host.partition(":")[0]}
            answer = self._http.request(method, url, content=content, headers=said, extensions=named)
            status, answer_headers, body = answer.status_code, dict(answer.headers), answer.content
        except (httpx.HTTPError, httpx.InvalidURL) as problem:
            error = f"{type(problem).__name__}: {problem}".rstrip(": ")
        sample = Sample(
            intended=sent if intended is None else intended,
            sent=sent,
            done=time.monotonic(),
            method=method,
            url=url,
            host=host,
            status=status,
            headers=answer_headers,
            body=body,
            error=error,
            curl=curl(method, url, said, content),
        )
        if self._tell is not None:
            self._tell(sample)
        return sample

    def close(self) -> None:
        self._http.close()


def as_json(body: Any) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def curl(method: str, url: str, headers: Mapping[str, str], content: bytes | None) -> str:
    """A command line that sends the same request."""
    words = ["curl", "-sS", *(["-X", method] if method not in ("GET", "POST") else [])]
    for name, value in headers.items():
        words += ["-H", f"{name}: {value}"]
    if content is not None:
        shown = (
            content.decode("utf-8", "replace") if len(content) <= LONGEST_SHOWN else f"@body-of-{len(content)}-bytes"
        )
        words += ["--data-binary", shown]
    return shlex.join([*words, url])
