"""Pod logs: the files the kubelet writes, whole, in part, or followed as they grow."""

from __future__ import annotations

import asyncio
import datetime
import time
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Protocol

from aiohttp import web

from kserve_conformance.embedded import errors
from kserve_conformance.embedded.apiserver.routing import number
from kserve_conformance.embedded.objects import Obj

LOOK_EVERY = 0.1  # while following
CHUNK = 1 << 16


class Times(Protocol):
    """When a log was written."""

    def at(self, path: Path, offset: int) -> float:
        """The time of a byte."""

    def since(self, path: Path, moment: float) -> int:
        """The first byte that was written at that time or later."""


class LogReader(Protocol):
    """The kubelet's side."""

    @property
    def log_times(self) -> Times:
        """Of all logs."""

    def path(self, namespace: str, pod: str, container: str, previous: bool) -> Path | None:
        """The log file of a container's present run, or of the one before; None when there is none."""

    def finished(self, namespace: str, pod: str, container: str) -> bool:
        """Whether the container's present run has ended, so that its log grows no more."""


async def answer(request: web.Request, pod: Obj, logs: LogReader) -> web.StreamResponse:
    """Raises ApiError 400 for a container that is not there or has not started."""
    query, meta = request.query, pod["metadata"]
    namespace, name = meta["namespace"], meta["name"]
    container = container_of(pod, query.get("container", ""))
    previous = _said(query, "previous")
    path = logs.path(namespace, name, container, previous)
    if path is None or not path.exists():
        raise _missing(pod, container, previous)
    start, left = max(_tail(path, query), _since(path, query, logs.log_times)), number(query, "limitBytes")
    response = web.StreamResponse(headers={"Content-Type": "text/plain"})
    await response.prepare(request)

    def ended() -> bool:
        return previous or not _said(query, "follow") or logs.finished(namespace, name, container)

    parts = grown(path, start, ended)
    async for part in _stamped(parts, path, start, logs.log_times) if _said(query, "timestamps") else parts:
        await response.write(part if left is None else part[:left])
        left = None if left is None else left - len(part)
        if left is not None and left <= 0:
            break
    return response


async def grown(path: Path, start: int, ended: Callable[[], bool]) -> AsyncIterator[bytes]:
    """What the file has from there on, and what is added until it has ended."""
    with path.open("rb") as file:
        file.seek(start)
        while True:
            last = ended()  # asked first: what was written before the end is read after it
            while chunk := file.read(CHUNK):
                yield chunk
            if last:
                return
            await asyncio.sleep(LOOK_EVERY)


async def _stamped(parts: AsyncIterator[bytes], path: Path, start: int, times: Times) -> AsyncIterator[bytes]:
    """With the time of every line before it."""
    offset, rest = start, b""
    async for part in parts:
        *lines, rest = (rest + part).split(b"\n")
        stamped = b""
        for line in lines:
            stamped += _time(times.at(path, offset)) + line + b"\n"
            offset += len(line) + 1
        yield stamped
    if rest:
        yield _time(times.at(path, offset)) + rest


def _time(moment: float) -> bytes:
    """RFC 3339 with nanoseconds, as Go's RFC3339NanoFixed."""
    whole = datetime.datetime.fromtimestamp(moment, datetime.UTC)
    return f"{whole:%Y-%m-%dT%H:%M:%S.%f}000Z ".encode()


def _said(query: Mapping[str, str], name: str) -> bool:
    return query.get(name) in ("true", "1")


def container_of(pod: Obj, asked: str) -> str:
    spec, name = pod["spec"], pod["metadata"]["name"]
    running = [each["name"] for each in spec.get("containers") or ()]
    first = [each["name"] for each in spec.get("initContainers") or ()]
    if not asked:
        if len(running) == 1 and not first:
            return str(running[0])
        listed = f"[{' '.join(running)}]" + (f" or one of the init containers: [{' '.join(first)}]" if first else "")
        raise errors.bad_request(f"a container name must be specified for pod {name}, choose one of: {listed}")
    if asked not in running + first:
        raise errors.bad_request(f"container {asked} is not valid for pod {name}")
    return asked


def _missing(pod: Obj, container: str, previous: bool) -> errors.ApiError:
    name, status = pod["metadata"]["name"], pod.get("status") or {}
    if previous:
        return errors.bad_request(f'previous terminated container "{container}" in pod "{name}" not found')
    states = (status.get("containerStatuses") or []) + (status.get("initContainerStatuses") or [])
    state = next((each.get("state") or {} for each in states if each["name"] == container), {})
    reason = (state.get("waiting") or {}).get("reason", "ContainerCreating")
    failed = reason in ("ErrImagePull", "ImagePullBackOff")
    doing = "trying and failing to pull image" if failed else f"waiting to start: {reason}"
    return errors.bad_request(f'container "{container}" in pod "{name}" is {doing}')


def _since(path: Path, query: Mapping[str, str], times: Times) -> int:
    """Raises ApiError 400 or 422."""
    seconds, text = number(query, "sinceSeconds"), query.get("sinceTime", "")
    if seconds is not None and text:
        raise _invalid("at most one of `sinceTime` or `sinceSeconds` may be specified")
    if seconds is not None:
        if seconds < 1:
            raise _invalid(f"sinceSeconds: Invalid value: {seconds}: must be greater than 0")
        return times.since(path, time.time() - seconds)
    if text:
        try:
            return times.since(path, datetime.datetime.fromisoformat(text).timestamp())
        except ValueError:
            raise errors.bad_request(f'parsing time "{text}" as "2006-01-02T15:04:05Z07:00": cannot parse') from None
    return 0


def _invalid(why: str) -> errors.ApiError:
    return errors.ApiError(422, "Invalid", f'PodLogOptions "" is invalid: {why}')


def _tail(path: Path, query: Mapping[str, str]) -> int:
    """Where the last lines begin."""
    size, wanted = path.stat().st_size, number(query, "tailLines")
    if wanted is None:
        return 0
    position, seen = size, 0
    if wanted <= 0:
        return size
    with path.open("rb") as file:
        while position > 0:
            step = min(CHUNK, position)
            position -= step
            file.seek(position)
            block = file.read(step)
            end = len(block) - 1 if position + step == size and block.endswith(b"\n") else len(block)
            while (found := block.rfind(b"\n", 0, end)) >= 0:
                seen, end = seen + 1, found
                if seen == wanted:
                    return position + found + 1
    return 0
