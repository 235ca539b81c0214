"""One question and its answer, as far as the latter is there."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from dataclasses import dataclass, field
from typing import Any

Message = MutableMapping[str, Any]
JSON = {b"content-type": b"application/json"}


@dataclass
class Exchange:
    """`status` is 0 until there is an answer. Header names are in lower case, as ASGI has them."""

    method: str
    path: str
    asked_with: dict[bytes, bytes]
    question: bytes
    status: int = 0
    headers: dict[bytes, bytes] = field(default_factory=dict)
    answer: bytes = b""
    parts: int = 1  # the body is sent in; more than one is "chunked" in HTTP/1.1

    def through(self, receive: Callable[[], Awaitable[Message]]) -> tuple[Any, Any]:
        """What an application receives the question from, once, and sends its answer to."""
        questions = iter([{"type": "http.request", "body": self.question, "more_body": False}])

        async def ask() -> Message:
            found = next(questions, None)
            return found if found is not None else await receive()

        async def note(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.status, self.headers = message["status"], dict(message["headers"])
            else:
                self.answer += message.get("body", b"")

        return ask, note

    def messages(self) -> Iterator[Message]:
        """The answer as it is now."""
        headers = {name: value for name, value in self.headers.items() if name != b"content-length"}
        if self.parts == 1:
            headers[b"content-length"] = str(len(self.answer)).encode()
        yield {"type": "http.response.start", "status": self.status, "headers": list(headers.items())}
        size = -(-len(self.answer) // self.parts) or 1
        for start in range(0, len(self.answer), size):
            yield {"type": "http.response.body", "body": self.answer[start : start + size], "more_body": True}
        yield {"type": "http.response.body", "body": b"", "more_body": False}

    # -- what it is about

    @property
    def is_v1(self) -> bool:
        return self.path.startswith("/v1/")

    @property
    def predicts(self) -> bool:
        """A prediction or an inference is asked for."""
        return self.method == "POST" and self.path.endswith((":predict", "/infer"))

    @property
    def asked(self) -> dict[str, Any]:
        return _object(self.question)

    @property
    def said(self) -> dict[str, Any]:
        return _object(self.answer)

    # -- what an act does to it

    def say(self, content: Any, *, status: int = 0) -> None:
        """This instead, in JSON."""
        self.answer = json.dumps(content).encode()
        self.status = status or self.status
        self.headers.update(JSON)


def _object(text: bytes) -> dict[str, Any]:
    """Empty where it is no JSON object."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
