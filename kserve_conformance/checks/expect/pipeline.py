"""Facts about requests that go through several parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

from kserve_conformance.checks.expect.answers import answered, broken, enough, json_object
from kserve_conformance.inference.events import Event
from kserve_conformance.model import BrokenPromise, Sample


def passed_through(samples: Sequence[Sample], by: str, *, at_least: int) -> None:
    """Each was answered, with the mark of that component."""
    enough(samples, at_least)
    for sample in samples:
        answered(sample)
        mark = json_object(sample).get("transformed_by")
        if mark != by:
            broken(
                sample,
                f"the {by} to have its mark on all {len(samples)} answers",
                f"one has the mark of {mark or 'nobody'}",
                likely=f"the gateway's route of the service, or a queue proxy, leads past its {by}"
                if mark is None
                else f"the gateway's route leads to {mark} instead, or the controller has given it a share",
            )


def trail(sample: Sample, *names: str) -> None:
    """The models it went through, in this order."""
    answered(sample)
    found = json_object(sample).get("trail")
    if found != list(names):
        broken(
            sample,
            f"the request to go through {' and then '.join(names)}",
            f"it went through {found}",
            likely="the graph's router leaves out a step or takes another first",
        )


def each_trail(samples: Sequence[Sample], *names: str, at_least: int) -> None:
    """Every request went through these models, in this order."""
    enough(samples, at_least)
    for sample in samples:
        trail(sample, *names)


def passed_on(sample: Sample, name: str, value: str) -> None:
    """The predictor, which tells the headers it got, has this one of the client's from the transformer before it."""
    answered(sample)
    told = json_object(sample).get("headers") or {}
    found = {key.lower(): text for key, text in told.items()}.get(name.lower())
    if found != value:
        broken(
            sample,
            f"the predictor to get {name}: {value}",
            f"it got {found!r}",
            likely="the transformer's server does not pass the header on",
        )


def failure_told(sample: Sample, *, status: int) -> None:
    """The failure of a predictor that answered with this status: its transformer fails too, with the same status or as
    a server that names it, and in a JSON object whose `error` is a text."""
    content = json_object(sample).get("error")
    told = sample.status == status or (sample.status in range(500, 600) and str(status) in str(content))
    if not told or not isinstance(content, str):
        broken(
            sample,
            f"a JSON error with status {status}, or of the transformer's own that names {status}",
            likely="the transformer's server hides that the predictor has failed",
        )


def same_status(sample: Sample, other: Sample, *, code: int) -> None:
    """Both were answered with it; `other` is a service without the part that is put to the test, a logger."""
    if other.status != code:
        broken(other, f"status {code} from the service without a logger")
    if sample.status != code:
        broken(sample, f"status {code}, as without a logger", likely="the agent that logs requests changes the answer")


def logged_once(events: Sequence[Event], ids: Collection[str], *, service: str, at_least: int) -> None:
    """One request and one response of each id, which name the service."""
    if len(ids) < at_least:
        raise BrokenPromise(expected=f"at least {at_least} requests", observed=str(len(ids)))
    found = Counter((each.id, each.kind) for each in events)
    wanted = Counter((each, kind) for each in ids for kind in ("request", "response"))
    likely = "the agent that logs requests loses or doubles events, or mixes up their ids"
    if found != wanted:
        missing, more = (wanted - found).total(), (found - wanted).total()
        raise BrokenPromise(
            expected=f"a request and a response event for each of {len(ids)} requests",
            observed=f"{len(events)} events: {missing} missing, {more} too many",
            likely=likely,
        )
    strangers = {each.service for each in events} - {service}
    if strangers:
        raise BrokenPromise(expected=f"events of {service}", observed=f"of {', '.join(strangers)}", likely=likely)


def own_batched_answers(samples: Sequence[Sample], questions: Sequence[Sequence[Any]], *, at_least: int) -> None:
    """Each predicts what it asked (the model echoes), and so many went to the model in one batch with another."""
    likely = "the agent's batcher hands answers to the wrong callers"
    for sample, question in zip(samples, questions, strict=True):
        answered(sample)
        found = json_object(sample).get("predictions")
        if found != list(question):
            broken(sample, f"the predictions {list(question)}", f"{found}", likely=likely)
    batches = Counter(json_object(each).get("batchId") for each in samples)
    together = sum(count for batch, count in batches.items() if batch and count > 1)
    if together < at_least:
        raise BrokenPromise(
            expected=f"at least {at_least} of {len(samples)} requests to share a batch",
            observed=str(together),
            likely="the agent's batcher does not batch",
        )
