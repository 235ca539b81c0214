"""Facts about one answer."""

from __future__ import annotations

from typing import NoReturn

from kserve_conformance.model import BrokenPromise, Sample

_MISSING = object()


def broken(sample: Sample, expected: str, observed: str = "", likely: str = "") -> NoReturn:
    """Raises BrokenPromise with the request that reproduces it."""
    raise BrokenPromise(
        expected=expected, observed=observed or str(sample), likely=likely or sample.likely, curl=sample.curl
    )


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


def json_error(sample: Sample, *, status: int | tuple[int, ...]) -> None:
    """One of these statuses, and a JSON object that says what is wrong, in `error` or (FastAPI's own) `detail`."""
    allowed = status if isinstance(status, tuple) else (status,)
    content = sample.json()
    said = isinstance(content, dict) and bool(content.get("error") or content.get("detail"))
    if sample.status not in allowed or not said:
        broken(sample, f"status {' or '.join(map(str, allowed))} and a JSON object with an error in it")


def refused_with_json(sample: Sample) -> None:
    """Any 4xx: the fault is the client's; in JSON: the model server found it."""
    if sample.status is None or not 400 <= sample.status < 500 or sample.json() is None:
        broken(sample, "a status between 400 and 499 with a JSON body")
