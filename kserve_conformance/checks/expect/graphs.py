"""Facts about what an InferenceGraph made of a request. Every model that a request went through is on its trail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from kserve_conformance.checks.expect.answers import answered, broken, json_object
from kserve_conformance.checks.expect.traffic import limits
from kserve_conformance.model import BrokenPromise, Sample


def failed_after(sample: Sample, *names: str, code: int) -> None:
    """It went through these models, in this order, and the answer is the last one's, which is an error."""
    trail = json_object(sample).get("trail")
    if sample.status != code or trail != list(names):
        broken(
            sample,
            f"the error {code} of a request that went through {' and then '.join(names)}",
            f"{sample.status} after {trail}",
            likely="the graph's router goes on after a failed step, or answers with a status of its own",
        )


def merged(sample: Sample, names: Mapping[str, str]) -> None:
    """An object with one member for each step, by its name, in which the model of that name has answered."""
    answered(sample)
    found = {step: _trail(answer) for step, answer in json_object(sample).items()}
    wanted = {step: [name] for step, name in names.items()}
    if found != wanted:
        broken(
            sample,
            f"the answers of {', '.join(f'{name} under {step}' for step, name in names.items())}",
            f"{found}",
            likely="the graph's router leaves out a step of an ensemble, or calls it by another name",
        )


def inside_at_once(sample: Sample, n: int) -> None:
    """An ensemble asked the same model several times, and as many of its questions were inside that model at once."""
    answered(sample)
    answers = [each for each in json_object(sample).values() if isinstance(each, dict)]
    most = max((int(each.get("most_at_once", 0)) for each in answers), default=0)
    if most != n:
        broken(
            sample,
            f"{n} steps to be asked at once",
            f"{most} of {len(answers)} were inside the model at once",
            likely="the graph's router asks the steps of an ensemble one after the other",
        )


def headers_of_a_step(sample: Sample, sent: Mapping[str, str], *, named: Collection[str]) -> None:
    """The step, which tells the headers it got, has of those that were sent the named ones; and JSON's content type,
    which a router gives of its own accord."""
    answered(sample)
    told = {name.lower(): value for name, value in (json_object(sample).get("headers") or {}).items()}
    wanted = {name: value if name in named else None for name, value in sent.items()}
    wanted["Content-Type"] = "application/json"
    found = {name: told.get(name.lower()) for name in wanted}
    if found != wanted:
        broken(
            sample,
            f"the step to get {_listed(wanted)}",
            f"it got {_listed(found)}",
            likely="the graph's router passes on other headers than its configuration names",
        )


def splits(samples: Sequence[Sample], percent: Mapping[str, int], *, n: int) -> None:
    """Exactly `n` answers, each by one of these models, and as many by each as its percentage lets expect."""
    if len(samples) != n:
        raise BrokenPromise(expected=f"{n} answers", observed=str(len(samples)))
    hits: Counter[str] = Counter()
    for sample in samples:
        answered(sample)
        trail = _trail(json_object(sample))
        if len(trail) != 1 or trail[0] not in percent:
            broken(sample, f"one of {', '.join(percent)} to answer", f"{trail} did")
        hits[trail[0]] += 1
    for name, share in percent.items():
        low, high = limits(n, share / 100)
        if not low <= hits[name] <= high:
            raise BrokenPromise(
                expected=f"{low} to {high} of {n} requests answered by {name} ({share} % asked for)",
                observed=f"{hits[name]} ({100 * hits[name] / n:.1f} %)",
                likely="the graph's router does not go by the weights of its splitter",
                curl=samples[0].curl,
            )


def _trail(answer: object) -> list[Any]:
    found = answer.get("trail") if isinstance(answer, dict) else None
    return found if isinstance(found, list) else []


def _listed(headers: Mapping[str, str | None]) -> str:
    return ", ".join(f"no {name}" if value is None else f"{name}: {value}" for name, value in headers.items())
