"""Facts about a service and about what the API server said to one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kserve_conformance.kube.objects import condition, said
from kserve_conformance.kube.service import Service
from kserve_conformance.model import BrokenPromise


@dataclass(frozen=True)
class Admitted:
    """What became of a dry run; `stored` says whether it changed anything, `answer` is the object when accepted."""

    accepted: bool
    code: int
    message: str
    stored: bool
    answer: Mapping[str, Any] = field(default_factory=dict)


def conditions(service: Service, *types: str) -> None:
    """All of them are True."""
    found = service.conditions(*types)
    wrong = [each for each, status in found.items() if status != "True"]
    if wrong:
        raise BrokenPromise(
            expected=f"{', '.join(types)} of {service} to be True",
            observed="; ".join(service.said(each) for each in wrong),
        )


def all_true(seen: Mapping[str, Any], *types: str) -> None:
    """The same of the object as it was at one moment of a watch."""
    wrong = [each for each in types if condition(dict(seen), each).get("status") != "True"]
    if wrong:
        raise BrokenPromise(
            expected=f"{', '.join(types)} to be True when the service first said that it is Ready",
            observed="; ".join(said(dict(seen), each) for each in wrong) if seen else "it was never seen Ready",
        )


def not_ready(service: Service) -> None:
    """The condition Ready says so, in whatever way: False, Unknown or not at all."""
    if service.conditions("Ready")["Ready"] == "True":
        raise BrokenPromise(expected=f"{service} not to be Ready", observed=service.said())


def made(kinds: Collection[str], *names: str, nothing_of: str) -> None:
    """Objects of these kinds, and none of a kind whose API group ends so."""
    missing, foreign = set(names) - set(kinds), [each for each in kinds if each.endswith(nothing_of)]
    if missing or foreign:
        raise BrokenPromise(
            expected=f"{', '.join(names)}, and nothing of {nothing_of}",
            observed=", ".join(sorted(kinds)) or "nothing",
            likely="the controller does not deploy the service in the mode that it asks for",
        )


def owned(pods: Sequence[str], *, by: Service, at_least: int) -> None:
    if len(pods) < at_least:
        raise BrokenPromise(expected=f"at least {at_least} pods of {by}", observed=str(len(pods)))
    strangers = [each for each in pods if not by.owns(each)]
    if strangers:
        raise BrokenPromise(
            expected=f"every pod to lead back to {by} through owner references",
            observed=f"{', '.join(strangers)} does not",
        )


def pods(names: Sequence[str], *, of: str, at_least: int) -> None:
    """So many of them, by name."""
    if len(names) < at_least:
        raise BrokenPromise(
            expected=f"at least {at_least} ready pods of {of}",
            observed=f"{len(names)}: {', '.join(names) or 'none'}",
            likely="the revision was given requests before it was scaled",
        )


def rejected(admitted: Admitted, *, because: str) -> None:
    """Refused by admission with a 4xx whose message has this word in it, in whatever case; and nothing was stored."""
    if admitted.accepted:
        raise BrokenPromise(
            expected="the API server to reject this object",
            observed="it was accepted",
            likely="an admission webhook is missing, switched off or lets it pass",
            next="kubectl get validatingwebhookconfigurations",
        )
    if not 400 <= admitted.code < 500 or because.lower() not in admitted.message.lower():
        raise BrokenPromise(
            expected=f"a rejection that names {because!r}", observed=f"{admitted.code}: {admitted.message}"
        )
    absent(admitted)


def accepted(admitted: Admitted) -> None:
    if not admitted.accepted:
        raise BrokenPromise(
            expected="the API server to accept this object",
            observed=f"{admitted.code}: {admitted.message}",
            likely=_refused_by(admitted),
            next="kubectl get mutatingwebhookconfigurations,validatingwebhookconfigurations",
        )


def _refused_by(admitted: Admitted) -> str:
    if "failed calling webhook" in admitted.message:
        return "the API server cannot call an admission webhook: its pod, its Service or its certificate"
    return "an admission webhook refuses what is right" if "admission webhook" in admitted.message else ""


def defaulted(admitted: Admitted, path: str, value: object) -> None:
    """Accepted, and the field at this path, names and positions with dots between them, has this value by default."""
    accepted(admitted)
    found: Any = admitted.answer
    for name in path.split("."):
        if isinstance(found, list):
            found = found[int(name)] if int(name) < len(found) else None
        else:
            found = found.get(name) if isinstance(found, Mapping) else None
    if found != value:
        raise BrokenPromise(
            expected=f"{path} to be {value!r} by default",
            observed=repr(found),
            likely="the mutating admission webhook is missing, switched off or fills in something else",
            next="kubectl get mutatingwebhookconfigurations",
        )


def absent(admitted: Admitted) -> None:
    if admitted.stored:
        raise BrokenPromise(
            expected="a dry run to store nothing",
            observed="it exists, or has changed",
            likely="the API server stores what it was asked to only pretend",
        )
