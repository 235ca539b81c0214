"""Conditions that follow from other conditions (knative.dev/pkg/apis ConditionManager)."""

from __future__ import annotations

from typing import Any

from kserve_conformance.embedded.objects import Obj, condition, set_condition

RANK = ("True", "Unknown", "False")


def ready_from(conditions: list[Obj], *dependents: str) -> None:
    """The worst of the dependents: False before Unknown before True."""
    found = {each["type"]: each for each in conditions}
    worst: dict[str, Any] = {"status": "True"}
    for kind in dependents:
        each = found.get(kind, {"status": "Unknown"})
        if RANK.index(each["status"]) > RANK.index(worst["status"]):
            worst = each
    set_condition(
        conditions, "Ready", worst["status"], reason=worst.get("reason", ""), message=worst.get("message", "")
    )


def mirror(conditions: list[Obj], kind: str, child: Obj, *, stale: str) -> None:
    """A child's Ready as ours; of a child that has not seen its own specification yet, `stale` says so."""
    ready = condition(child, "Ready")
    if (child.get("status") or {}).get("observedGeneration") != child["metadata"]["generation"]:
        set_condition(conditions, kind, "Unknown", reason="OutOfDate", message=stale)
    elif ready is None:
        set_condition(conditions, kind, "Unknown")
    elif ready["status"] == "True":
        set_condition(conditions, kind, "True")
    else:
        why = {"reason": ready.get("reason", ""), "message": ready.get("message", "")}
        set_condition(conditions, kind, ready["status"], **why)
