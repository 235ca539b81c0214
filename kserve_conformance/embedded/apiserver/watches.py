"""Watching over HTTP: one JSON document a change, filtered, with bookmarks and an end."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import orjson
from aiohttp import web

from kserve_conformance.embedded import errors
from kserve_conformance.embedded.apiserver.answers import Form
from kserve_conformance.embedded.apiserver.changes import WATCH_LOG_LENGTH, Event, Watch
from kserve_conformance.embedded.apiserver.routing import Target
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.objects import Obj
from kserve_conformance.embedded.settings import Delays

BOOKMARK_EVERY = 30.0  # seconds; apiserver cacher defaultBookmarkFrequency is a minute
SHORTEST_TIMEOUT = 1800.0  # apiserver --min-request-timeout; the real timeout is up to twice as long
STALLED_AFTER = 10.0  # seconds for one write to be taken; Kubernetes closes such a watch once its buffer is full
INITIAL_EVENTS_END = "k8s.io/initial-events-end"


@dataclass(frozen=True)
class Wish:
    """What one watcher asked for. `since` is None for the present state first."""

    since: int | None
    keep: Callable[[Obj], bool]
    bookmarks: bool
    initial_events: bool
    timeout: float | None


class Stream:
    """One watch request."""

    def __init__(self, store: Store, target: Target, wish: Wish, form: Form, delays: Delays) -> None:
        self._store = store
        self._target = target
        self._wish = wish
        self._form = form
        self._delays = delays
        self._headed = False
        self._seen = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Raises ApiError 410 before anything is sent when the watch cannot start where it was asked to."""
        watch = self._store.watch(self._target.resource, self._wish.since)
        self._seen = self._wish.since or self._store.version
        try:
            initial = watch.waiting() if self._wish.since is None else []
            response = web.StreamResponse(headers={"Content-Type": "application/json", "Cache-Control": "no-cache"})
            await response.prepare(request)
            first = b"".join(self._lines(initial))
            if self._wish.initial_events:
                first += self._bookmark({INITIAL_EVENTS_END: "true"})
            if first:
                await _send(response, first)
            await self._follow(watch, response)
        except ConnectionResetError:
            return response
        except TimeoutError:
            if request.transport is not None:
                request.transport.abort()  # what it has not taken by now must not pile up here
        finally:
            watch.close()
        return response

    async def _follow(self, watch: Watch, response: web.StreamResponse) -> None:
        loop = asyncio.get_running_loop()
        asked = self._wish.timeout
        end = loop.time() + (random.uniform(1, 2) * SHORTEST_TIMEOUT if asked is None else asked)
        while (left := end - loop.time()) > 0:
            try:
                async with asyncio.timeout(min(left, BOOKMARK_EVERY)):
                    event = await watch.next()
            except TimeoutError:
                if self._wish.bookmarks:
                    await _send(response, self._bookmark({}))
                continue
            if event is None:
                break
            # What a watch cache and a network add; meanwhile more may come, and goes out together with it.
            await asyncio.sleep(self._delays.pick(self._delays.watch))
            if watch.backlog > WATCH_LOG_LENGTH:
                await _send(
                    response, _line("ERROR", errors.expired("too old resource version: watcher is too slow").status())
                )
                break
            chunk = b"".join(self._lines([event, *watch.waiting()]))
            if chunk:
                await _send(response, chunk)

    def _lines(self, events: list[Event]) -> Iterator[bytes]:
        for event in events:
            self._seen = max(self._seen, event.version)
            kind = _as_seen(event, self._wish.keep)
            if kind is None:
                continue
            yield _line(kind, self._form.one(self._target, event.obj, head=not self._headed))
            self._headed = True

    def _bookmark(self, annotations: dict[str, str]) -> bytes:
        meta: Obj = {"resourceVersion": str(self._seen), "creationTimestamp": None}
        if annotations:
            meta["annotations"] = annotations
        return _line("BOOKMARK", self._form.bookmark(self._target, meta))


async def _send(response: web.StreamResponse, words: bytes) -> None:
    """Raises TimeoutError when the client takes nothing any more, ConnectionResetError when it is gone."""
    async with asyncio.timeout(STALLED_AFTER):
        await response.write(words)


def _as_seen(event: Event, keep: Callable[[Obj], bool]) -> str | None:
    """The change as a watcher with a selector sees it: objects come into its view and leave it."""
    now, before = keep(event.obj), event.old is not None and keep(event.old)
    if event.type == "DELETED":
        return "DELETED" if now or before else None
    if event.type == "ADDED":
        return "ADDED" if now else None
    if now:
        return "MODIFIED" if before else "ADDED"
    return "DELETED" if before else None


def _line(kind: str, obj: Obj) -> bytes:
    return orjson.dumps({"type": kind, "object": obj}) + b"\n"
