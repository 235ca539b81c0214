"""Facts about CloudEvents: those that a logger sends, and those that a model server answers with."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from kserve_conformance.checks.expect.answers import answered, broken
from kserve_conformance.inference.events import Event
from kserve_conformance.model import BrokenPromise, Sample

LOGGED = "org.kubeflow.serving.inference."
AGENT = "the agent that logs requests leaves out or changes what its events have to say"
SERVER = "the model server does not answer an event with an event"


def event_attributes(events: Sequence[Event], *, at_least: int, **extensions: str) -> None:
    """CloudEvents 1.0 of KServe's types, with an id, a source and a time, and with these extensions."""
    _enough(events, at_least)
    for event in events:
        wanted = {"specversion": "1.0", "type": LOGGED + event.kind, **extensions}
        wrong = {
            name: event.attributes.get(name) for name, value in wanted.items() if event.attributes.get(name) != value
        }
        wrong |= {name: None for name in ("id", "source", "time") if not event.attributes.get(name)}
        if wrong:
            expected = f"an event of a {event.kind} with {wanted} and with an id, a source and a time"
            raise BrokenPromise(expected=expected, observed=f"{wrong}", likely=AGENT)


def event_data(events: Sequence[Event], *, request: Any, response: Any) -> None:
    """One event for each, with exactly this in it, in JSON."""
    found = {each.kind: _decoded(each.data) for each in events}
    if len(events) != 2 or found != {"request": request, "response": response}:
        raise BrokenPromise(
            expected=f"a request event with {request} and a response event with {response}",
            observed=f"{len(events)} events: {found}",
            likely=AGENT,
        )


def binary_event(sample: Sample, *, type: str, source: str, not_id: str) -> None:
    """200, and the headers of a CloudEvent of its own; httpx has their names in lower case."""
    answered(sample)
    attributes = {name.removeprefix("ce-"): text for name, text in sample.headers.items() if name.startswith("ce-")}
    _own_event(sample, attributes, type=type, source=source, not_id=not_id)


def structured_event(sample: Sample, *, type: str, source: str, not_id: str, data: Any) -> None:
    """200, and a JSON object that is a CloudEvent of its own around this."""
    answered(sample)
    content = sample.json()
    found = content if isinstance(content, dict) else {}
    _own_event(sample, found, type=type, source=source, not_id=not_id)
    if found.get("data") != data:
        broken(sample, f"an event with the data {data}", likely=SERVER)


def _own_event(sample: Sample, found: Mapping[str, Any], *, type: str, source: str, not_id: str) -> None:
    wanted = {"specversion": "1.0", "type": type, "source": source}
    wrong = {name: found.get(name) for name, value in wanted.items() if found.get(name) != value}
    if wrong or found.get("id") in (None, "", not_id) or not found.get("time"):
        shown = {name: found.get(name) for name in (*wanted, "id", "time")}
        broken(sample, f"a CloudEvent with {wanted}, a time and an id of its own", f"{shown}", likely=SERVER)


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _enough(events: Sequence[Event], at_least: int) -> None:
    if len(events) < at_least:
        raise BrokenPromise(expected=f"at least {at_least} events", observed=str(len(events)), likely=AGENT)
