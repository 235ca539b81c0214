"""How an InferenceGraph's nodes pass a request on and what comes back (kserve cmd/router/main.go)."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kserve_conformance.embedded import gjson, go
from kserve_conformance.embedded.runtimes import seeded

Step = Mapping[str, Any]
NO_MATCH = "None of the routes matched with the switch condition"


@dataclass(frozen=True)
class Answer:
    """What a step, a node or the whole graph answers."""

    body: bytes
    status: int

    @property
    def good(self) -> bool:
        return 200 <= self.status <= 299


class RoutingError(Exception):
    """The graph could not do it; the message is the cause a client reads."""

    def __init__(self, cause: str, status: int = 500) -> None:
        super().__init__(cause)
        self.status = status


Headers = Sequence[tuple[str, str]]
Call = Callable[[str, bytes, Headers], Awaitable[Answer]]


class Graph:
    """`call` posts a body to a service. Before KServe 0.12 (`old`) a step's status counts for nothing."""

    def __init__(self, nodes: Mapping[str, Any], call: Call, *, old: bool) -> None:
        self._nodes = nodes
        self._call = call
        self._old = old

    async def route(self, name: str, body: bytes, headers: Headers) -> Answer:
        """Raises RoutingError."""
        node = self._nodes.get(name) or {}
        steps = node.get("steps") or []
        match node.get("routerType"):
            case "Splitter":
                return await self._only(self._pick(steps), body, headers)
            case "Switch":
                return await self._switch(steps, body, headers)
            case "Ensemble":
                return await self._ensemble(steps, body, headers)
            case "Sequence":
                return await self._sequence(steps, body, headers)
            case other:
                raise RoutingError(f"invalid route type: {other or ''}")

    async def _execute(self, step: Step, body: bytes, headers: Headers) -> Answer:
        if step.get("nodeName") and "nested-node-skipped" in seeded():  # F208
            answer = Answer(body, 200)
        elif step.get("nodeName"):
            answer = await self.route(step["nodeName"], body, headers)
        else:
            answer = await self._call(step.get("serviceUrl", ""), body, headers)
        return Answer(answer.body, 200) if self._old else answer

    async def _only(self, step: Step, body: bytes, headers: Headers) -> Answer:
        try:
            return await self._execute(step, body, headers)
        except RoutingError as error:
            raise RoutingError(str(error)) from error  # a 404 of a nested Switch is a 500 here

    def _pick(self, steps: list[Step]) -> Step:
        """The older router draws from 99 numbers, so its last step gets a point less than its weight."""
        if "splitter-ignores-weights" in seeded():  # F202
            return random.choice(steps)
        point, end = random.randrange(99 if self._old else 100), 0
        for each in steps:
            end += each["weight"]
            if point < end:
                return each
        raise RoutingError("no route was selected by the splitter")

    async def _switch(self, steps: list[Step], body: bytes, headers: Headers) -> Answer:
        document = go.loads_or_missing(body)
        for each in steps[::-1] if "switch-takes-the-last" in seeded() else steps:  # F200
            if document is not go.INVALID and gjson.exists(document, each.get("condition", "")):
                return await self._only(each, body, headers)
        if self._old or "switch-miss-echoed" in seeded():  # F201
            return Answer(body, 200)
        raise RoutingError(NO_MATCH, 404)

    async def _ensemble(self, steps: list[Step], body: bytes, headers: Headers) -> Answer:
        """All at once. The first answer of a hard step that failed, in the order of the steps, is the answer; an error
        of any is the error."""
        failed: asyncio.Future[RoutingError] = asyncio.get_running_loop().create_future()
        tasks: list[asyncio.Task[tuple[Any, Answer]]] = []
        merged: dict[str, Any] = {}
        try:
            for each in steps:
                tasks.append(asyncio.create_task(self._member(each, body, headers, failed)))
                if "ensemble-one-by-one" in seeded():  # F204
                    await asyncio.wait(tasks)
            for index, (step, task) in enumerate(zip(steps, tasks, strict=True)):
                await asyncio.wait((task, failed), return_when=asyncio.FIRST_COMPLETED)
                if failed.done():
                    raise failed.result()
                response, answer = task.result()
                if not answer.good and step.get("dependency") == "Hard":
                    return Answer(go.dumps(response), answer.status)
                merged[step.get("name") or str(index)] = response
            if "ensemble-loses-a-step" in seeded():  # F203
                merged.popitem()
            return Answer(go.dumps(merged), 200)
        finally:
            for task in tasks:
                task.cancel()
            failed.cancel()

    async def _member(
        self, step: Step, body: bytes, headers: Headers, failed: asyncio.Future[RoutingError]
    ) -> tuple[Any, Answer]:
        try:
            answer = await self._execute(step, body, headers)
            return go.object_of(answer.body), answer
        except (RoutingError, go.DecodeError) as error:
            if not failed.done():
                failed.set_result(RoutingError(str(error)))
            raise asyncio.CancelledError from error

    async def _sequence(self, steps: list[Step], body: bytes, headers: Headers) -> Answer:
        last = Answer(b"", 0)
        for index, step in enumerate(steps[::-1] if "graph-wrong-step" in seeded() else steps):  # F091
            request = last.body if step.get("data") == "$response" and index > 0 else body
            if step.get("mapPredictionsToInstances") and not self._old:
                request = _predictions_as_instances(request)
            if step.get("condition") and "sequence-ignores-conditions" not in seeded():  # F207
                document = go.loads_or_missing(last.body)
                if document is go.INVALID:
                    raise RoutingError("invalid response")
                if not gjson.exists(document, step["condition"]):
                    return Answer(last.body, 200)
            last = await self._only(step, request, headers)
            if step.get("dependency") == "Hard" and not last.good and "hard-step-is-soft" not in seeded():  # F206
                return last
        return last


def _predictions_as_instances(request: bytes) -> bytes:
    """Only these two fields survive; anything else is passed on as it is."""
    decoded = go.loads_or_missing(request)
    predictions = decoded.get("predictions") if isinstance(decoded, dict) else None
    if not predictions or not isinstance(predictions, list) or not isinstance(decoded.get("instances", []), list):
        return request
    return go.dumps({"instances": predictions})
