"""The Kubernetes API as plain objects: typed calls over the official client, which brings kubeconfig, TLS and tokens.

The typed models of that client know no InferenceService, and its dynamic client asks for discovery before every start.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote, urlencode

from kubernetes import config
from kubernetes.client import ApiClient, Configuration
from kubernetes.client.exceptions import ApiException
from urllib3 import BaseHTTPResponse, Retry
from urllib3.exceptions import HTTPError, MaxRetryError

Obj = dict[str, Any]

# Every call is short; one that hangs must not outlive the test that made it.
CALL_WITHIN = 30.0
MERGE = "application/merge-patch+json"


class KubeError(Exception):
    """The API server refused; `code` and `reason` as in its Status, 0 when it could not be reached."""

    def __init__(self, code: int, reason: str, message: str) -> None:
        super().__init__(f"{code} {reason}: {message}" if code else message)
        self.code = code
        self.reason = reason
        self.message = message


@dataclass(frozen=True)
class Kind:
    """A resource as its URL spells it; the core group is the empty string."""

    group: str
    version: str
    plural: str
    name: str

    def path(self, namespace: str = "", name: str = "") -> str:
        root = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        where = f"/namespaces/{quote(namespace)}" if namespace else ""
        return f"{root}{where}/{self.plural}" + (f"/{quote(name)}" if name else "")


class Client:
    """One cluster. Safe to use from several threads. Every method raises KubeError unless it says otherwise."""

    def __init__(self, kubeconfig: str, context: str) -> None:
        """Raises kubernetes.config.ConfigException when the file or the context does not exist."""
        settings = Configuration()
        # A server that cannot be connected to is said to be away at once, not after three more tries.
        settings.retries = Retry(Retry.DEFAULT.total, connect=0)
        self._api: ApiClient = config.new_client_from_config(
            kubeconfig or None, context or None, persist_config=False, client_configuration=settings
        )

    @property
    def server(self) -> str:
        return str(self._api.configuration.host)

    def get(self, kind: Kind, name: str, namespace: str = "") -> Obj | None:
        """None when there is no such object."""
        try:
            return self.call("GET", kind.path(namespace, name))
        except KubeError as error:
            if error.code == 404:
                return None
            raise

    def list(self, kind: Kind, namespace: str = "", labels: Mapping[str, str] | None = None) -> list[Obj]:
        selector = ",".join(f"{key}={value}" for key, value in (labels or {}).items())
        items: list[Obj] = self.call("GET", kind.path(namespace), {"labelSelector": selector} if selector else None)[
            "items"
        ]
        return items

    def create(self, kind: Kind, obj: Obj, *, dry_run: bool = False) -> Obj:
        namespace = obj["metadata"].get("namespace", "")
        return self.call("POST", kind.path(namespace), {"dryRun": "All"} if dry_run else None, body=obj)

    def patch(self, kind: Kind, name: str, namespace: str, change: Obj, *, dry_run: bool = False) -> Obj:
        """A JSON merge patch (RFC 7386): null removes."""
        query = {"dryRun": "All"} if dry_run else None
        return self.call("PATCH", kind.path(namespace, name), query, body=change, content=MERGE)

    def delete(self, kind: Kind, name: str, namespace: str = "", *, grace: int | None = None) -> None:
        """Says nothing when the object is gone already. `grace` in seconds; None leaves it to the object."""
        options: Obj = {"propagationPolicy": "Background"}
        if grace is not None:
            options["gracePeriodSeconds"] = grace
        try:
            self.call("DELETE", kind.path(namespace, name), body=options)
        except KubeError as error:
            if error.code != 404:
                raise

    def call(
        self,
        method: Literal["GET", "POST", "PATCH", "DELETE"],
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        body: Obj | None = None,
        content: str = "application/json",
    ) -> Obj:
        found: Obj = json.loads(self.text(method, path, query, body=body, content=content))
        return found

    def text(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        body: Obj | None = None,
        content: str = "application/json",
    ) -> str:
        """The body as it came, for logs."""
        headers = {"Accept": "application/json"} | ({"Content-Type": content} if body is not None else {})
        with self._reaching():
            answer = self._ask(method, path, query, headers, body, CALL_WITHIN)
            text: str = answer.data.decode("utf-8", "replace")
        if not 200 <= answer.status < 300:
            raise _refusal(answer.status, text)
        return text

    def stream(self, path: str, query: Mapping[str, str]) -> BaseHTTPResponse:
        """An answer that is still coming, for watches; whoever asked closes it. Between its parts may lie hours."""
        with self._reaching():
            answer = self._ask("GET", path, query, {"Accept": "application/json"}, None, (CALL_WITHIN, None))
            if answer.status != 200:
                raise _refusal(answer.status, answer.data.decode("utf-8", "replace"))
        return answer

    def _ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None,
        headers: Mapping[str, str],
        body: Obj | None,
        within: float | tuple[float, float | None],
    ) -> BaseHTTPResponse:
        url = path + (f"?{urlencode(query)}" if query else "")
        _, url, said, _, _ = self._api.param_serialize(
            method, url, header_params=headers, auth_settings=["BearerToken"]
        )
        answer: BaseHTTPResponse = self._api.call_api(method, url, said, body, _request_timeout=within).response
        return answer

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        try:
            yield
        except ApiException as error:
            raise KubeError(0, "Unreachable", str(error.reason)) from error
        except (HTTPError, OSError) as error:
            raise KubeError(0, "Unreachable", f"{self.server} does not answer: {_why(error)}") from error


def _why(error: BaseException) -> str:
    """What the operating system or TLS said, out of the wrappings that name pools and objects in memory."""
    if isinstance(error, MaxRetryError) and error.reason is not None:
        return _why(error.reason)
    inner = error.__cause__ or next((each for each in error.args if isinstance(each, Exception)), None)
    return _why(inner) if inner is not None else str(getattr(error, "strerror", None) or error)


def _refusal(code: int, text: str) -> KubeError:
    try:
        status = json.loads(text)
        return KubeError(code, str(status.get("reason", "")), str(status.get("message", "")))
    except (ValueError, AttributeError):
        return KubeError(code, "", text.strip()[:300])
