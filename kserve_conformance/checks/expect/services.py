"""Facts about a service and about what the API server said to one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kserve_conformance.kube.service import Service
from kserve_conformance.model import BrokenPromise


@dataclass(frozen=True)
class Admitted:
    """What became of a dry run; `stored` says whether the object is there afterwards."""

    accepted: bool
    code: int
    message: str
    stored: bool


def conditions(service: Service, *types: str) -> None:
    """All of them are True."""
    found = service.conditions(*types)
    wrong = [each for each, status in found.items() if status != "True"]
    if wrong:
        raise BrokenPromise(
            expected=f"{', '.join(types)} of {service} to be True",
            observed="; ".join(service.said(each) for each in wrong),
        )


def not_ready(service: Service) -> None:
    """The condition Ready says so, in whatever way: False, Unknown or not at all."""
    if service.conditions("Ready")["Ready"] == "True":
        raise BrokenPromise(expected=f"{service} not to be Ready", observed=service.said())


def owned(pods: Sequence[str], *, by: Service, at_least: int) -> None:
    if len(pods) < at_least:
        raise BrokenPromise(expected=f"at least {at_least} pods of {by}", observed=str(len(pods)))
    strangers = [each for each in pods if not by.owns(each)]
    if strangers:
        raise BrokenPromise(
            expected=f"every pod to lead back to {by} through owner references",
            observed=f"{', '.join(strangers)} does not",
        )


def rejected(admitted: Admitted, *, because: str) -> None:
    """Refused by admission with a 4xx whose message has this word in it, in whatever case; and nothing was stored."""
    if admitted.accepted:
        raise BrokenPromise(
            expected="the API server to reject this service",
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
            expected="the API server to accept this service", observed=f"{admitted.code}: {admitted.message}"
        )


def absent(admitted: Admitted) -> None:
    if admitted.stored:
        raise BrokenPromise(expected="a dry run to store nothing", observed="the service exists")
