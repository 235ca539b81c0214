"""Kubernetes objects as the embedded platform handles them: plain JSON dictionaries and a few verbs on them."""

from __future__ import annotations

import datetime
import random
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import orjson

Obj = dict[str, Any]


class Key(NamedTuple):
    """Namespace (empty for cluster-scoped objects) and name. A tuple, as it is hashed and compared all the time."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


def key_of(obj: Mapping[str, Any]) -> Key:
    meta = obj["metadata"]
    return Key(meta.get("namespace", ""), meta["name"])


def copy_of(obj: Obj) -> Obj:
    """A deep copy; objects are JSON, so a JSON round trip is both exact and fast."""
    copied: Obj = orjson.loads(orjson.dumps(obj))
    return copied


def now() -> str:
    """The current time as Kubernetes writes it: RFC 3339, UTC, whole seconds (metav1.Time)."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def random_suffix(length: int = 5) -> str:
    """The suffix `generateName` and ReplicaSets add; vowels are left out as in apimachinery's rand.String."""
    return "".join(random.choices("bcdfghjklmnpqrstvwxz2456789", k=length))


def labels_of(obj: Mapping[str, Any]) -> dict[str, str]:
    labels: dict[str, str] = obj["metadata"].get("labels") or {}
    return labels


def annotations_of(obj: Mapping[str, Any]) -> dict[str, str]:
    annotations: dict[str, str] = obj["metadata"].get("annotations") or {}
    return annotations


def owner_reference(owner: Obj) -> Obj:
    """The controller reference a child carries, so that garbage collection can find it."""
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def controller_of(obj: Mapping[str, Any], kind: str) -> Key | None:
    """The key of the controlling owner if it is of that kind."""
    for reference in obj["metadata"].get("ownerReferences") or ():
        if reference.get("controller") and reference["kind"] == kind:
            return Key(obj["metadata"].get("namespace", ""), reference["name"])
    return None


def controlled_by(obj: Mapping[str, Any], owner: Obj) -> bool:
    """By this very object, not by one of the same name before it (apimachinery meta/v1 controller_ref.go)."""
    references = obj["metadata"].get("ownerReferences") or ()
    return any(each.get("controller") and each["uid"] == owner["metadata"]["uid"] for each in references)


def condition(obj: Mapping[str, Any], kind: str) -> Obj | None:
    for found in (obj.get("status") or {}).get("conditions") or ():
        if found.get("type") == kind:
            result: Obj = found
            return result
    return None


def is_true(obj: Mapping[str, Any], kind: str) -> bool:
    found = condition(obj, kind)
    return found is not None and found.get("status") == "True"


def set_condition(
    conditions: list[Obj], kind: str, status: str, *, reason: str = "", message: str = "", severity: str = ""
) -> None:
    """Sets one condition in place; lastTransitionTime moves only when the status does. Sorted by type, as
    knative.dev/pkg/apis ConditionManager keeps them."""
    fresh: Obj = {"type": kind, "status": status, "lastTransitionTime": now()}
    for field, value in (("reason", reason), ("message", message), ("severity", severity)):
        if value:
            fresh[field] = value
    for index, old in enumerate(conditions):
        if old["type"] == kind:
            if old["status"] == status:
                fresh["lastTransitionTime"] = old["lastTransitionTime"]
            conditions[index] = fresh
            break
    else:
        conditions.append(fresh)
    conditions.sort(key=lambda each: str(each["type"]))


def matches_labels(obj: Mapping[str, Any], wanted: Mapping[str, str]) -> bool:
    return wanted.items() <= labels_of(obj).items()


def is_terminating(obj: Mapping[str, Any]) -> bool:
    return "deletionTimestamp" in obj["metadata"]


def is_ready_pod(pod: Mapping[str, Any]) -> bool:
    return is_true(pod, "Ready") and not is_terminating(pod)


def live(objects: Iterable[Obj]) -> list[Obj]:
    return [each for each in objects if not is_terminating(each)]
