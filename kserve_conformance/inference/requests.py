"""What can be asked of a model: KServe's V1 protocol and the Open Inference Protocol (V2) over REST."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol
from urllib.parse import urlsplit

from kserve_conformance.inference.sending import JSON, Sender, as_json
from kserve_conformance.model import Sample

STRUCTURED_EVENT = {"content-type": "application/cloudevents+json"}
AT_ONCE = 8  # enough to be quick, few enough not to make a busy gateway queue


class Addressed(Protocol):
    """A service that can be asked."""

    @property
    def host(self) -> str: ...

    @property
    def model_name(self) -> str: ...


class Requests:
    """Every method sends one request and returns its sample, whatever became of it."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def predict(
        self, service: Addressed, instances: Sequence[Any], *, headers: Mapping[str, str] | None = None
    ) -> Sample:
        """V1: `{"instances": [...]}` to the model named after the service; `headers` besides the content type."""
        said = {**JSON, **(headers or {})}
        return self.post(service, predict_path(service), {"instances": instances}, headers=said)

    def predict_event(self, service: Addressed, event: Mapping[str, Any]) -> Sample:
        """V1, with a CloudEvent in structured mode around it."""
        return self.post(service, predict_path(service), event, headers=STRUCTURED_EVENT)

    def infer(self, service: Addressed, request: Any, *, headers: Mapping[str, str] | None = None) -> Sample:
        """V2 over REST."""
        return self.post(service, infer_path(service), request, headers=headers)

    def who(self, service: Addressed) -> Sample:
        """The list of models of whoever answers; `Sample.answered_by` is its first name."""
        return self.get(service, "/v1/models")

    def who_answers(self, service: Addressed, *, times: int) -> list[Sample]:
        """The same so many times, a few at a time."""
        host = service.host
        return self.many(times, lambda: self.to_host(host, "/v1/models"))

    def get(self, service: Addressed, path: str) -> Sample:
        return self.to_host(service.host, path)

    def post(self, service: Addressed, path: str, body: Any, *, headers: Mapping[str, str] | None = None) -> Sample:
        """`body` is sent as JSON, or as it is when it is bytes already."""
        return self._sender.send("POST", service.host, path, content=as_json(body), headers=headers or JSON)

    def to_host(self, host: str, path: str, *, headers: Mapping[str, str] | None = None) -> Sample:
        """GET with that Host header, whether anybody has that host or not."""
        return self._sender.send("GET", host, path, headers=headers)

    def at(self, url: str, path: str) -> Sample:
        """GET of what is below this URL: with its scheme, its host and port, and its path. Only where the gateway is, a
        resolver does not have to know."""
        parts = urlsplit(url)
        return self._sender.send("GET", parts.netloc, parts.path.rstrip("/") + path, scheme=parts.scheme)

    def post_to_host(self, host: str, path: str, body: Any) -> Sample:
        """POST of JSON with that Host header."""
        return self._sender.send("POST", host, path, content=as_json(body), headers=JSON)

    def told(self, witness: Addressed, *, headers: Mapping[str, str] | None = None, **asked: Any) -> Sample:
        """V1, to a model that tells what it saw; `asked` is what else it shall do (fixtures/models/witness.py)."""
        said = {**JSON, **(headers or {})}
        return self.post(witness, predict_path(witness), {"instances": [1], **asked}, headers=said)

    def seen(self, witness: Addressed) -> Sample:
        """How many predictions it was asked for, as it counts them."""
        return self.get(witness, f"/v1/models/{witness.model_name}")

    def repeated(self, service: Addressed, *, instances: Sequence[Any], path: str) -> Callable[[float], Sample]:
        """Sends the same request again and again, given its intended start: a V1 prediction, or a GET of `path`."""
        host = service.host
        if path:
            return lambda intended: self._sender.send("GET", host, path, intended=intended)
        predict, body = predict_path(service), as_json({"instances": instances})
        return lambda intended: self._sender.send("POST", host, predict, content=body, headers=JSON, intended=intended)

    @staticmethod
    def many(n: int, call: Callable[[], Sample]) -> list[Sample]:
        """`n` calls, a few at a time."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(lambda _: call(), range(n)))


def predict_path(service: Addressed) -> str:
    return f"/v1/models/{service.model_name}:predict"


def infer_path(service: Addressed) -> str:
    return f"/v2/models/{service.model_name}/infer"


def burst(sender: Sender, service: Addressed, questions: Sequence[Sequence[Any]]) -> list[Sample]:
    """All V1 predictions at once; answers in the order of the questions."""
    return at_once(sender, service.host, predict_path(service), [{"instances": each} for each in questions])


def at_once(sender: Sender, host: str, path: str, bodies: Sequence[Any]) -> list[Sample]:
    """Each on a thread of its own; answers in the order of the bodies."""

    def ask(body: Any) -> Sample:
        return sender.send("POST", host, path, content=as_json(body), headers=JSON)

    with ThreadPoolExecutor(len(bodies)) as pool:
        return list(pool.map(ask, bodies))
