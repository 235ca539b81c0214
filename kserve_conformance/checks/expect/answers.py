"""Facts about one answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

from kserve_conformance.model import BrokenPromise, Sample

_MISSING = object()
TAKES_ANYTHING = "the model server answers what is no question, or hides that it could not"


def broken(sample: Sample, expected: str, observed: str = "", likely: str = "") -> NoReturn:
    """Raises BrokenPromise with the request that reproduces it."""
    raise BrokenPromise(
        expected=expected, observed=observed or str(sample), likely=likely or sample.likely, curl=sample.curl
    )


def enough(samples: Sequence[Sample], at_least: int) -> None:
    """Fewer would prove nothing."""
    if len(samples) < at_least:
        raise BrokenPromise(expected=f"at least {at_least} answers", observed=str(len(samples)))


def json_object(sample: Sample) -> dict[str, Any]:
    """The answer, when it is a JSON object; else an empty one."""
    content = sample.json()
    return content if isinstance(content, dict) else {}


def answered(sample: Sample) -> None:
    """With 200."""
    status(sample, 200)


def status(sample: Sample, code: int) -> None:
    if sample.status != code:
        broken(sample, f"an answer with status {code}")


def answered_by(sample: Sample, name: str) -> None:
    """By the model that calls itself so."""
    if sample.answered_by != name:
        broken(sample, f"the model {name} to answer")


def no_model_answered(sample: Sample) -> None:
    """Somebody answered, but no model named itself: the gateway refused. Silence would prove nothing."""
    if sample.status is None:
        broken(sample, "the gateway to refuse this host")
    if sample.answered_by is not None or sample.status < 400:
        broken(
            sample,
            f"no model to answer for host {sample.host}",
            f"{sample.status} by the model {sample.answered_by}",
            likely="the gateway has a route that catches hosts nobody owns, or one that outlived its service",
        )


def none_answered(samples: Sequence[Sample], *, at_least: int) -> None:
    """The same of each, and so many hosts were tried."""
    enough(samples, at_least)
    for each in samples:
        no_model_answered(each)


def text(sample: Sample, words: str) -> None:
    """200, and these words for a body."""
    answered(sample)
    if sample.body.decode("utf-8", "replace").strip() != words:
        broken(sample, f"the answer {words!r}", likely="the gateway or its route: the request came to somebody else")


def json_body(sample: Sample) -> None:
    if sample.json() is None:
        broken(sample, "an answer in JSON, as model servers give")


def members(sample: Sample, **fields: object) -> None:
    """200, and these members of the JSON object have these values."""
    answered(sample)
    content = sample.json()
    found = content if isinstance(content, dict) else {}
    for name, value in fields.items():
        if found.get(name, _MISSING) != value:
            broken(
                sample,
                f"{name!r} to be {value!r} in the answer",
                f"{found[name]!r}" if name in found else f"no {name!r} in {sample}",
                likely="the model server leaves out or changes what it was asked to return",
            )


def has_members(sample: Sample, *names: str) -> None:
    """200, and a JSON object that has all of them, whatever they say."""
    answered(sample)
    content = sample.json()
    found = content if isinstance(content, dict) else {}
    missing = [each for each in names if each not in found]
    if missing:
        broken(
            sample,
            f"the members {', '.join(names)} in the answer",
            f"no {', '.join(missing)} in {sample}",
            likely="the model server leaves out what the protocol lists",
        )


def json_error(sample: Sample, *, status: int | tuple[int, ...]) -> None:
    """One of these statuses, and a JSON object that says what is wrong, in `error` or (FastAPI's own) `detail`."""
    allowed = status if isinstance(status, tuple) else (status,)
    content = sample.json()
    said = isinstance(content, dict) and bool(content.get("error") or content.get("detail"))
    if sample.status not in allowed or not said:
        broken(sample, f"status {' or '.join(map(str, allowed))} and a JSON object with an error in it")


def json_errors(samples: Sequence[Sample], *, statuses: Sequence[int], at_least: int) -> None:
    """Each with the status of its own."""
    enough(samples, at_least)
    for each, code in zip(samples, statuses, strict=True):
        json_error(each, status=code)


def refused_with_json(sample: Sample) -> None:
    """Any 4xx: the fault is the client's; in JSON: the model server found it."""
    if sample.status is None or not 400 <= sample.status < 500 or sample.json() is None:
        broken(sample, "a status between 400 and 499 with a JSON body")


def refused(sample: Sample) -> None:
    """Any 4xx, in whatever words."""
    if sample.status is None or not 400 <= sample.status < 500:
        broken(sample, "a status between 400 and 499", likely=sample.likely or TAKES_ANYTHING)


def each_refused(samples: Sequence[Sample], *, at_least: int) -> None:
    enough(samples, at_least)
    for each in samples:
        refused(each)


def failed(sample: Sample) -> None:
    """Whoever answers, says with a 4xx or 5xx that there is no prediction."""
    if sample.status is None or sample.status < 400:
        broken(sample, "a status of 400 or more", likely=sample.likely or TAKES_ANYTHING)


def each_failed(samples: Sequence[Sample], *, at_least: int) -> None:
    enough(samples, at_least)
    for each in samples:
        failed(each)


def error_text(sample: Sample) -> None:
    """An error, told in a JSON object whose `error` is a text (Open Inference Protocol, inference error)."""
    failed(sample)
    content = sample.json()
    text = content.get("error") if isinstance(content, dict) else None
    if not isinstance(text, str) or not text:
        broken(
            sample,
            'a JSON object with a text in "error"',
            likely="the model server, or a proxy before it, tells its errors in another form",
        )


def each_error_text(samples: Sequence[Sample], *, at_least: int) -> None:
    enough(samples, at_least)
    for each in samples:
        error_text(each)
