"""The Kubernetes API over one connection, with as little between as there can be: what is measured is the server."""

from __future__ import annotations

import base64
import http.client
import json
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

MERGE_PATCH = "application/merge-patch+json"


class ApiFailedError(Exception):
    """The server refused; the message is its body."""


class Api:
    """Not for several threads: give each `another`."""

    def __init__(self, kubeconfig: Path) -> None:
        self._kubeconfig = kubeconfig
        config = yaml.safe_load(kubeconfig.read_text())
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
        server = urlsplit(cluster["server"])
        self._headers = {"Authorization": f"Bearer {user['token']}", "Accept": "application/json"}
        self._connection = http.client.HTTPSConnection(
            server.hostname or "", server.port, context=ssl.create_default_context(cadata=authority), timeout=60
        )

    def another(self) -> Api:
        return Api(self._kubeconfig)

    def get(self, path: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._ask("GET", path).read())
        return found

    def send(self, method: str, path: str, body: dict[str, Any] | None = None) -> None:
        self._ask(method, path, body).read()

    def watch(self, path: str) -> Iterator[dict[str, Any]]:
        """Begun when this returns."""
        answer = self._ask("GET", path)

        def events() -> Iterator[dict[str, Any]]:
            while line := answer.readline():
                yield json.loads(line)

        return events()

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> http.client.HTTPResponse:
        kind = MERGE_PATCH if method == "PATCH" else "application/json"
        text = json.dumps(body) if body is not None else None
        self._connection.request(method, path, text, {**self._headers, "Content-Type": kind})
        answer = self._connection.getresponse()
        if answer.status >= 300:
            raise ApiFailedError(f"{method} {path}: {answer.status} {answer.read().decode()[:300]}")
        return answer
