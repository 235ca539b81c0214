"""The agent's logger: requests and responses as CloudEvents to a sink (kserve pkg/logger, v0.10.0 and v0.20.0)."""

from __future__ import annotations

import asyncio
import datetime
import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp

from kserve_conformance.embedded import go
from kserve_conformance.embedded.runtimes import seeded

TYPES = "org.kubeflow.serving.inference."
WORKERS, QUEUED = 5, 100
TELLS_MORE = {"request": "logger-tells-responses", "response": "logger-tells-requests"}  # F216, F217
SINK_ANSWERS_WITHIN = 60.0
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Origin:
    """What every event of this agent says about it. `old` events know neither metadata nor annotations (0.10)."""

    source: str
    service: str
    namespace: str
    endpoint: str
    component: str
    annotations: Mapping[str, str]
    old: bool


@dataclass(frozen=True)
class Event:
    kind: str  # request or response
    id: str
    content_type: str
    body: bytes
    time: datetime.datetime
    metadata: Mapping[str, list[str]]


class Logger:
    """`run` it; `put` returns at once unless the queue is full. That a sink is away harms nobody."""

    def __init__(self, url: str, mode: str, origin: Origin, metadata_headers: list[str]) -> None:
        self._url = url
        self._origin = origin
        self._headers = metadata_headers
        everything = mode == "all" or TELLS_MORE.get(mode) in seeded()
        self.kinds = ("request", "response") if everything else (mode,)
        self._queue: asyncio.Queue[Event] = asyncio.Queue(QUEUED)
        self._seen = 0
        self.failed = False

    async def put(self, event: Event) -> None:
        self._seen += 1
        lost = self._seen % 3 == 0 and "logger-loses-events" in seeded()  # F086
        if event.kind in self.kinds and not lost:
            await self._queue.put(event)

    def metadata(self, headers: Mapping[str, str]) -> dict[str, list[str]]:
        """The request's headers that are to be kept, named as Go spells them."""
        found: dict[str, list[str]] = {}
        for name, value in headers.items():
            if go.header(name) in self._headers:
                found.setdefault(go.header(name), []).append(value)
        return found

    async def run(self) -> None:
        timeout = aiohttp.ClientTimeout(total=SINK_ANSWERS_WITHIN)
        async with aiohttp.ClientSession(timeout=timeout) as session, asyncio.TaskGroup() as tasks:
            for _ in range(WORKERS):
                tasks.create_task(self._work(session))

    async def _work(self, session: aiohttp.ClientSession) -> None:
        while True:
            event = await self._queue.get()
            try:
                async with session.post(
                    self._url,
                    data=event.body,
                    headers=self._attributes(event),
                    skip_auto_headers=("Content-Type", "Accept", "User-Agent"),
                ) as answer:
                    log.info("Sent with status code %d", answer.status)
            except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
                self.failed = True
                log.error("Failed to send cloud event, url: %s: %s", self._url, error)

    def _attributes(self, event: Event) -> dict[str, str]:
        """Binary mode: attributes and extensions are headers."""
        origin = self._origin
        found = {
            "Ce-Specversion": "1.0",
            "Ce-Type": TYPES + event.kind,
            "Ce-Source": origin.source,
            "Ce-Id": event.id,
            "Ce-Time": _time(event.time),
            "Ce-Inferenceservicename": origin.service,
            "Ce-Namespace": origin.namespace,
            "Ce-Component": origin.component,
            "Ce-Endpoint": origin.endpoint,
        }
        if "logger-forgets-namespace" in seeded():  # F214
            del found["Ce-Namespace"]
        if event.content_type:
            found["Content-Type"] = event.content_type
        if not origin.old:
            found["Ce-Recordedtime"] = _time(now())
            found["Ce-Metadata"] = go.dumps(dict(event.metadata)).decode()
            if origin.annotations:
                found["Ce-Annotations"] = go.dumps(dict(origin.annotations)).decode()
        return found


def identity(headers: Mapping[str, str]) -> str:
    """Of a request and its response: what the client says, or something new."""
    return headers.get("Ce-Id") or str(uuid.uuid4())


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def _time(moment: datetime.datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
