"""Pod logs: the files the kubelet writes, whole, in part, or followed as they grow."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from aiohttp import web

from kserve_conformance.embedded import errors
from kserve_conformance.embedded.apiserver.routing import number
from kserve_conformance.embedded.objects import Obj

LOOK_EVERY = 0.1  # while following
CHUNK = 1 << 16


class LogReader(Protocol):
    """The kubelet's side."""

    def path(self, namespace: str, pod: str, container: str, previous: bool) -> Path | None:
        """The log file of a container's present run, or of the one before; None when there is none."""

    def finished(self, namespace: str, pod: str, container: str) -> bool:
        """Whether the container's present run has ended, so that its log grows no more."""


async def answer(request: web.Request, pod: Obj, logs: LogReader) -> web.StreamResponse:
    """Raises ApiError 400 for a container that is not there or has not started."""
    query, meta = request.query, pod["metadata"]
    namespace, name = meta["namespace"], meta["name"]
    container = _container(pod, query.get("container", ""))
    previous = query.get("previous") in ("true", "1")
    path = logs.path(namespace, name, container, previous)
    if path is None or not path.exists():
        raise _missing(pod, container, previous)
    start, left = _start(path, query), number(query, "limitBytes")
    response = web.StreamResponse(headers={"Content-Type": "text/plain"})
    await response.prepare(request)
    with path.open("rb") as file:
        file.seek(start)
        while True:
            ended = logs.finished(namespace, name, container)
            while chunk := file.read(CHUNK if left is None else min(CHUNK, left)):
                await response.write(chunk)
                left = None if left is None else left - len(chunk)
            if previous or ended or query.get("follow") not in ("true", "1"):
                break
            await asyncio.sleep(LOOK_EVERY)
    return response


def _container(pod: Obj, asked: str) -> str:
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


def _start(path: Path, query: Mapping[str, str]) -> int:
    """Where to begin: at the last lines, or at the end when nothing was written since then.

    The files carry no time per line, so `sinceSeconds` can only tell a log that grew from one that did not.
    """
    size = path.stat().st_size
    since, wanted = number(query, "sinceSeconds"), number(query, "tailLines")
    if since and path.stat().st_mtime < time.time() - since:
        return size
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
