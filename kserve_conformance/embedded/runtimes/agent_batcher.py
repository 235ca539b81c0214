"""The agent's batcher: requests for predictions wait for each other and go to the model as one (kserve pkg/batcher)."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from kserve_conformance.embedded import go
from kserve_conformance.embedded.runtimes import seeded

PREDICT = ":predict"
DEFAULT_LATENCY = 5.0
NO_LIST = "json: cannot unmarshal {} into Go struct field PredictionResponse.predictions of type []interface {{}}"

# Asks the model: path and body. Status and body of its answer.
Ask = Callable[[str, bytes], Awaitable[tuple[int, bytes]]]


@dataclass
class Waiting:
    """One request. Its answer is always good as far as HTTP is concerned: what went wrong is in `message`."""

    path: str
    instances: list[Any]
    answer: asyncio.Future[dict[str, Any]] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class BadRequestError(Exception):
    """Refused before it waits; the text is the answer's body."""


class Batcher:
    """`run` it; `predict` waits for a request's share. One batch at a time: meanwhile the next one gathers."""

    def __init__(self, ask: Ask, *, size: int, latency: float) -> None:
        """A batch goes with `size` instances or more, or when its first request has waited `latency` seconds."""
        self._ask = ask
        self._size = size
        self._latency = DEFAULT_LATENCY if "batcher-latency-lost" in seeded() else latency  # F211
        self._incoming: asyncio.Queue[Waiting] = asyncio.Queue()

    async def predict(self, path: str, body: bytes) -> bytes:
        """Raises BadRequestError."""
        waiting = Waiting(path, _instances(body))
        self._incoming.put_nowait(waiting)
        return go.dumps(await waiting.answer, sort=False)

    async def run(self) -> None:
        while True:
            await self._send(await self._gathered())

    async def _gathered(self) -> list[Waiting]:
        batch = [await self._incoming.get()]
        until = asyncio.get_running_loop().time() + self._latency
        while "batcher-never-full" in seeded() or sum(len(each.instances) for each in batch) < self._size:  # F210
            try:
                async with asyncio.timeout_at(until):
                    batch.append(await self._incoming.get())
            except TimeoutError:
                break
        return batch

    async def _send(self, batch: list[Waiting]) -> None:
        """Under the path of the request that came last, as KServe does; one bad request spoils all of them."""
        instances = [each for waiting in batch for each in waiting.instances]
        status, body = await self._ask(batch[-1].path, go.dumps({"instances": instances}))
        if status != 200:
            _answer_all(batch, body.decode(errors="replace"), "")
            return
        number = str(uuid.uuid4())
        try:
            predictions = _predictions(body)
        except go.DecodeError as error:
            _answer_all(batch, str(error), number)
            return
        if len(predictions) != len(instances):
            _answer_all(batch, "size of prediction is not equal to the size of instances", number)
            return
        rest = iter(predictions[::-1] if "batcher-mixes-answers" in seeded() else predictions)  # F087
        for each in batch:
            mine = [next(rest) for _ in each.instances]
            _answer(each, {"message": "", "batchId": number, "predictions": mine})


def _instances(body: bytes) -> list[Any]:
    try:
        request = go.object_of(body) or {}
    except go.DecodeError as error:
        raise BadRequestError("can't Unmarshal body") from error
    instances = request.get("instances") or []
    if not isinstance(instances, list):
        raise BadRequestError("can't Unmarshal body")
    if not instances:
        raise BadRequestError("no instances in the request")
    return instances


def _predictions(body: bytes) -> list[Any]:
    """Raises DecodeError."""
    found = (go.object_of(body) or {}).get("predictions") or []
    if not isinstance(found, list):
        raise go.DecodeError(NO_LIST.format(go.KINDS.get(type(found), "object")))
    return found


def _answer_all(batch: list[Waiting], message: str, number: str) -> None:
    told_once = "batch-error-told-once" in seeded()  # F212
    for each in batch:
        said = "" if told_once and each is not batch[-1] else message
        _answer(each, {"message": said, "batchId": number, "predictions": None})


def _answer(waiting: Waiting, answer: dict[str, Any]) -> None:
    if not waiting.answer.done():  # whoever has hung up waits no longer
        waiting.answer.set_result(answer)
