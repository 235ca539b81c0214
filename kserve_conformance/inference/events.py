"""CloudEvents that a service's logger sent to a sink."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from kserve_conformance.model import BrokenPromise, Sample

BETWEEN_LOOKS = 0.2


@dataclass(frozen=True)
class Event:
    """`kind` is request or response; `id` is that of the request both belong to; `attributes` are all it has."""

    id: str
    kind: str
    service: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    data: str = ""


class Sink:
    """Asked by calling it with the ids of requests."""

    def __init__(self, ask: Callable[[], Sample], *, within: float) -> None:
        """`ask` for all events the sink got; logging is asynchronous, so they are waited for, `within` seconds."""
        self._ask = ask
        self._within = within

    def __call__(self, ids: Collection[str]) -> list[Event]:
        """Of these requests: all of them as soon as there are two for each, otherwise what came in time."""
        deadline = time.monotonic() + self._within
        while True:
            found = [each for each in self._events() if each.id in ids]
            if len(found) >= 2 * len(ids) or time.monotonic() > deadline:
                return found
            time.sleep(BETWEEN_LOOKS)

    def kinds(self, ids: Collection[str]) -> Counter[str]:
        """How many events of each kind there are by now."""
        return Counter(each.kind for each in self._events() if each.id in ids)

    def _events(self) -> list[Event]:
        """Raises BrokenPromise when the sink itself does not answer."""
        sample = self._ask()
        content = sample.json()
        if sample.status != 200 or not isinstance(content, dict):
            raise BrokenPromise(
                expected="the sink to answer", observed=str(sample), likely=sample.likely, curl=sample.curl
            )
        return [_event(each) for each in content["events"]]


def _event(told: Mapping[str, str]) -> Event:
    """As a sink tells it: its attributes under the names of HTTP's binary mode, and its data."""
    attributes = {name.removeprefix("ce-"): value for name, value in told.items() if name.startswith("ce-")}
    kind, service = attributes["type"].rpartition(".")[2], attributes.get("inferenceservicename", "")
    return Event(attributes["id"], kind, service, attributes, told.get("data", ""))
