"""What changed and when it was seen: watches of the API server, stamped with the clock of the process that looks.

The times Kubernetes writes into its objects are whole seconds of other machines' clocks.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial

from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError

from kserve_conformance.kube.client import Client, Kind, Obj

LATEST = 5.0  # seconds


@dataclass(frozen=True)
class Change:
    """`at`: when it arrived here, monotonic seconds. `type`: ADDED, MODIFIED or DELETED."""

    at: float
    kind: Kind
    type: str
    obj: Obj


class Watched:
    """Every change of several kinds since the watch began."""

    def __init__(self) -> None:
        self._changes: list[Change] = []
        self._news = threading.Condition()

    @property
    def changes(self) -> Sequence[Change]:
        """So far, in the order of their arrival."""
        with self._news:
            return tuple(self._changes)

    def wait(self, until: Callable[[Sequence[Change]], bool], *, within: float) -> bool:
        """Whether the changes came to satisfy `until` within so many seconds."""
        with self._news:
            return self._news.wait_for(lambda: until(self._changes), within)

    def add(self, change: Change) -> None:
        with self._news:
            self._changes.append(change)
            self._news.notify_all()


@contextmanager
def watching(
    client: Client, namespace: str, kinds: Sequence[Kind], labels: Mapping[Kind, Mapping[str, str]] | None = None
) -> Iterator[Watched]:
    """Watches these kinds as long as the block lasts. Raises KubeError when one of them cannot be watched.

    At its end everything that is stored by then has been seen, or has not come within `LATEST`: a watch may be behind
    what a look has just found. One that the API server ends early (after 30 minutes or more) is not begun again: it is
    for what is shorter.
    """
    watched, before = Watched(), {}
    with ExitStack() as stack:
        for kind in kinds:
            selector = ",".join(f"{key}={value}" for key, value in ((labels or {}).get(kind) or {}).items())
            query = {"labelSelector": selector} if selector else {}
            found = client.call("GET", kind.path(namespace), query)
            before[kind] = query, _versions(found)
            since = {"watch": "true", "resourceVersion": str(found["metadata"]["resourceVersion"])}
            stream = client.stream(kind.path(namespace), {**query, **since})
            reader = threading.Thread(target=_read, args=(stream, kind, watched), daemon=True)
            reader.start()
            stack.callback(_close, stream, reader)
        yield watched
        for kind, (query, old) in before.items():
            now = _versions(client.call("GET", kind.path(namespace), query))
            watched.wait(partial(_complete, kind, old, now), within=LATEST)


def _versions(found: Obj) -> dict[str, str]:
    """The resource version of each object by its uid; they can be compared for equality only."""
    return {each["metadata"]["uid"]: each["metadata"]["resourceVersion"] for each in found["items"]}


def _complete(kind: Kind, old: Mapping[str, str], now: Mapping[str, str], changes: Sequence[Change]) -> bool:
    """Whether these changes lead from one state to the other."""
    mine = [each for each in changes if each.kind is kind]
    seen = {(each.obj["metadata"]["uid"], each.obj["metadata"]["resourceVersion"]) for each in mine}
    gone = {each.obj["metadata"]["uid"] for each in mine if each.type == "DELETED"}
    return seen >= now.items() - old.items() and gone >= old.keys() - now.keys()


def _read(stream: BaseHTTPResponse, kind: Kind, watched: Watched) -> None:
    """One JSON document a line; a part that arrives may hold several of them, or end inside one."""
    rest = b""
    try:
        for part in stream.stream(amt=None):
            at = time.monotonic()
            *lines, rest = (rest + part).split(b"\n")
            for event in map(json.loads, filter(None, lines)):
                if event["type"] in ("ADDED", "MODIFIED", "DELETED"):
                    watched.add(Change(at, kind, event["type"], event["object"]))
    except (HTTPError, OSError, ValueError):
        return  # ended from here by _close, or from there; what has not been seen then stays unseen


def _close(stream: BaseHTTPResponse, reader: threading.Thread) -> None:
    with suppress(RuntimeError, OSError):  # the API server had ended it already
        stream.shutdown()  # wakes the reader; a close alone would leave it waiting
    reader.join()
    stream.close()
