"""What happened around a failure in the order in which it happened: requests, conditions and events on one clock."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from kserve_conformance.kube.client import Obj
from kserve_conformance.kube.objects import name_of
from kserve_conformance.model import Sample


class Moment(NamedTuple):
    """Wall clock of this machine; the platform's is taken as the same, and has no parts of a second."""

    when: datetime
    said: str

    def __str__(self) -> str:
        return f"{self.when:%H:%M:%S.%f}"[:-3] + f"  {self.said}"


def timeline(samples: Sequence[Sample], conditioned: Iterable[Obj], events: Iterable[Obj]) -> str:
    """One line for each; times are UTC."""
    moments = [*_requests(samples), *_conditions(conditioned), *_events(events)]
    return "".join(f"{each}\n" for each in sorted(moments, key=lambda moment: moment.when))


def _requests(samples: Sequence[Sample]) -> Iterator[Moment]:
    ahead = time.time() - time.monotonic()
    for each in samples:
        asked = f"{each.method} {urlsplit(each.url).path} of {each.host}"
        took = f"{1000 * (each.done - each.sent):.0f} ms"
        yield Moment(datetime.fromtimestamp(each.sent + ahead, UTC), f"request    {asked}: {each} ({took})")


def _conditions(objects: Iterable[Obj]) -> Iterator[Moment]:
    for each in objects:
        whose = f"{each.get('kind', '')}/{name_of(each)}"
        for condition in (each.get("status") or {}).get("conditions") or ():
            words = [condition["type"], condition["status"], condition.get("reason"), condition.get("message")]
            if when := _time(condition.get("lastTransitionTime")):
                yield Moment(when, f"condition  {whose} " + " ".join(word for word in words if word))


def _events(events: Iterable[Obj]) -> Iterator[Moment]:
    for each in events:
        about = each["involvedObject"]
        said = f"{each.get('reason', '')}: {each.get('message', '')} (x{each.get('count') or 1})"
        if when := _time(each.get("lastTimestamp") or each.get("eventTime")):
            yield Moment(when, f"event      {about.get('kind', '')}/{about.get('name', '')} {said}")


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
