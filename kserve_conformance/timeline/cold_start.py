"""One cold start: where the time went between a request and its answer, and whether it was cold at all.

A stage lies between two neighbouring sightings. All times are of one monotonic clock, at the moment a watch event
arrived; the delay of the watch is in both ends of a stage, so it only shows in the first and the last one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from kserve_conformance.kube import kinds
from kserve_conformance.kube.client import Kind, Obj
from kserve_conformance.kube.objects import condition, uid_of
from kserve_conformance.kube.watching import Change

WATCHED: tuple[Kind, ...] = (kinds.DEPLOYMENT, kinds.POD, kinds.ENDPOINT_SLICE)
SERVER = "kserve-container"  # kserve pkg/constants, InferenceServiceContainerName
ANSWER = "answer"


def _initializing(pod: Obj) -> bool:
    """A pod without init containers never does."""
    states = (each.get("state") or {} for each in _statuses(pod, "initContainerStatuses"))
    return any("running" in state or "terminated" in state for state in states)


def _serving(pod: Obj) -> bool:
    servers = (each for each in _statuses(pod, "containerStatuses") if each["name"] == SERVER)
    return any("running" in (each.get("state") or {}) for each in servers)


def _true(kind: str) -> Callable[[Obj], bool]:
    return lambda pod: condition(pod, kind).get("status") == "True"


def _statuses(pod: Obj, field: str) -> Sequence[Obj]:
    found: Sequence[Obj] = (pod.get("status") or {}).get(field) or ()
    return found


# What the pod must look like for a stage to be over.
_OF_POD: Mapping[str, Callable[[Obj], bool]] = {
    "create pod": lambda _: True,
    "schedule": _true("PodScheduled"),
    "prepare": _initializing,
    "fetch model": _true("Initialized"),
    "start server": _serving,
    "load model": _true("Ready"),
}
# Every stage in the order of cause and effect, and what is seen at its end.
STAGES: Mapping[str, str] = {
    "decide": "the Deployment asks for a pod",
    "create pod": "the pod exists",
    "schedule": "the pod has a node",
    "prepare": "its first init container runs",
    "fetch model": "its init containers are done",
    "start server": "the model server's process runs",
    "load model": "the pod is Ready",
    "publish": "an endpoint slice offers the pod",
    ANSWER: "the answer is here",
}


@dataclass(frozen=True)
class Split:
    """Seconds. `residual` is what lies between sightings that are not neighbours, because one was not seen."""

    total: float
    stages: Mapping[str, float]
    residual: float


def new_pod(changes: Sequence[Change]) -> Change | None:
    """The first one that appeared."""
    return next((each for each in changes if each.kind == kinds.POD and each.type == "ADDED"), None)


def sightings(changes: Sequence[Change]) -> Mapping[str, float]:
    """When the end of each stage was first seen, monotonic seconds; without those that were not."""
    found: dict[str, float] = {}
    born = new_pod(changes)
    address = ""
    for change in changes:
        if change.kind == kinds.DEPLOYMENT and (change.obj["spec"].get("replicas") or 0) > 0:
            found.setdefault("decide", change.at)
        elif born is not None and change.kind == kinds.POD and uid_of(change.obj) == uid_of(born.obj):
            address = str((change.obj.get("status") or {}).get("podIP", address))
            for name, over in _OF_POD.items():
                if over(change.obj):
                    found.setdefault(name, change.at)
        elif change.kind == kinds.ENDPOINT_SLICE and address and _offers(change.obj, address):
            found.setdefault("publish", change.at)
    return found


def all_seen(changes: Sequence[Change]) -> bool:
    return len(sightings(changes)) == len(STAGES) - 1


def split(seen: Mapping[str, float], *, sent: float, done: float) -> Split:
    """What was seen only after the answer did not delay it, as far as can be told; it counts as not seen."""
    stages: dict[str, float] = {}
    latest, neighbours = sent, True
    for name in STAGES:
        at = done if name == ANSWER else seen.get(name)
        if at is None or at > done:
            neighbours = False
            continue
        at = max(at, latest)  # two watches may tell of cause and effect in the other order
        if neighbours:
            stages[name] = at - latest
        latest, neighbours = at, True
    total = done - sent
    return Split(total, stages, total - sum(stages.values()))


def why_warm(
    before: Sequence[Obj], changes: Sequence[Change], *, sent: float, known: AbstractSet[str], answered: bool
) -> str:
    """Why a start is not proved cold; empty when it is. `known`: UIDs of all pods seen before this start.

    A request that nothing answered and no pod was made for is a failed cold start, not a warm one.
    """
    if before:
        return f"{len(before)} pods were there when the request was sent"
    born = new_pod(changes)
    if born is None:
        return "it was answered, but no pod was created" if answered else ""
    if born.at <= sent:
        return f"its pod was there {(sent - born.at) * 1e3:.0f} ms before the request was sent"
    if uid_of(born.obj) in known:
        return "its pod had been seen before"
    return ""


def _offers(slice_: Obj, address: str) -> bool:
    """`conditions.ready` unset means ready (discovery/v1 EndpointConditions)."""
    return any(
        address in each["addresses"] and (each.get("conditions") or {}).get("ready") is not False
        for each in slice_.get("endpoints") or ()
    )
