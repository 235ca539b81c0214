"""A Deployment's revisions, as `kubectl rollout` reads them: numbers and annotations of its ReplicaSets.

kubernetes pkg/controller/deployment/util/deployment_util.go and sync.go.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from kserve_conformance.embedded.objects import Obj, annotations_of

PREFIX = "deployment.kubernetes.io/"
REVISION, HISTORY = PREFIX + "revision", PREFIX + "revision-history"
DESIRED, MOST = PREFIX + "desired-replicas", PREFIX + "max-replicas"
NOT_COPIED = {REVISION, HISTORY, DESIRED, MOST, "kubectl.kubernetes.io/last-applied-configuration"}


def number(obj: Obj) -> int:
    """Zero for one that has none yet."""
    text = annotations_of(obj).get(REVISION, "")
    return int(text) if text.isdigit() else 0


def marked(replica_set: Obj, deployment: Obj, old: Iterable[Obj]) -> bool:
    """Makes it the newest revision, with the Deployment's annotations. Returns whether anything has changed."""
    annotations = dict(annotations_of(replica_set))
    before = dict(annotations)
    newest = max(map(number, old), default=0) + 1
    annotations |= {name: text for name, text in annotations_of(deployment).items() if name not in NOT_COPIED}
    if number(replica_set) < newest:
        past = [annotations.get(HISTORY, ""), annotations.get(REVISION, "")]
        annotations[REVISION] = str(newest)
        if history := ",".join(each for each in past if each):
            annotations[HISTORY] = history
    wanted = deployment["spec"].get("replicas", 1)
    annotations |= {DESIRED: str(wanted), MOST: str(wanted + bounds(deployment)[0])}
    replica_set["metadata"]["annotations"] = annotations
    return annotations != before


def surplus(deployment: Obj, old: Iterable[Obj]) -> list[Obj]:
    """Old revisions beyond the limit that have no pods, the oldest first."""
    idle = [each for each in old if not each["spec"]["replicas"] and not (each.get("status") or {}).get("replicas")]
    keep = deployment["spec"].get("revisionHistoryLimit", 10)
    return sorted(idle, key=number)[: max(0, len(idle) - keep)]


def bounds(deployment: Obj) -> tuple[int, int]:
    """How many pods more and how many fewer than wanted a rolling update may have."""
    rolling = (deployment["spec"].get("strategy") or {}).get("rollingUpdate") or {}
    wanted = deployment["spec"].get("replicas", 1)
    surge = _share(rolling.get("maxSurge", "25%"), wanted, up=True)
    unavailable = _share(rolling.get("maxUnavailable", "25%"), wanted, up=False)
    return surge, unavailable if surge or unavailable else 1


def _share(value: int | str, wanted: int, *, up: bool) -> int:
    if isinstance(value, int):
        return value
    part = wanted * int(value.rstrip("%")) / 100
    return math.ceil(part) if up else math.floor(part)
