"""Reading plain objects: names, owners, conditions."""

from __future__ import annotations

from collections.abc import Iterator

from kserve_conformance.kube.client import Obj

RUN_LABEL = "kserve-conformance.dev/run"


def name_of(obj: Obj) -> str:
    return str(obj["metadata"]["name"])


def uid_of(obj: Obj) -> str:
    return str(obj["metadata"].get("uid", ""))


def labels_of(obj: Obj) -> dict[str, str]:
    return obj["metadata"].get("labels") or {}


def owners_of(obj: Obj) -> Iterator[str]:
    for each in obj["metadata"].get("ownerReferences") or ():
        yield str(each["uid"])


def condition(obj: Obj, kind: str) -> Obj:
    """The condition of that type; empty when there is none."""
    for each in (obj.get("status") or {}).get("conditions") or ():
        if each["type"] == kind:
            found: Obj = each
            return found
    return {}


def said(obj: Obj, kind: str) -> str:
    """A condition in words: its status, and why it is not True."""
    found = condition(obj, kind)
    words = [str(found.get("status", "missing")), str(found.get("reason", "")), str(found.get("message", ""))]
    return f"{kind} " + ", ".join(word for word in words if word)
