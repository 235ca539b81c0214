"""An InferenceService's status from its Knative Service's (kserve inference_service_status.go, PropagateStatus)."""

from __future__ import annotations

from kserve_conformance.embedded.controllers import isvc_conditions as conditions
from kserve_conformance.embedded.controllers.components import Component
from kserve_conformance.embedded.objects import Obj


def propagate(status: Obj, component: Component, service_status: Obj) -> None:
    """Conditions, revisions, traffic and URL of one component."""
    entry = status.setdefault("components", {}).setdefault(component.name, {})
    _copy(entry, "latestCreatedRevision", service_status.get("latestCreatedRevisionName"))
    _roll_out(entry, service_status)
    _copy(entry, "latestReadyRevision", service_status.get("latestReadyRevisionName"))
    found = {each["type"]: each for each in service_status.get("conditions") or ()}
    if found.get("Ready", {}).get("status") == "True":
        for field in ("address", "url"):
            if service_status.get(field):
                entry[field] = service_status[field]
    for ours, theirs in (
        (component.ready, "Ready"),
        (component.route, "RoutesReady"),
        (component.configuration, "ConfigurationsReady"),
    ):
        conditions.copy_to(status, ours, found.get(theirs))
    _copy(entry, "traffic", service_status.get("traffic"))
    _copy(status, "observedGeneration", service_status.get("observedGeneration"))


def summarise(status: Obj, parts: list[Component]) -> None:
    """RoutesReady and LatestDeploymentReady over all components; of several that are not ready the last is named."""
    for summary, kinds in (
        ("RoutesReady", [each.route for each in parts]),
        ("LatestDeploymentReady", [each.configuration for each in parts]),
    ):
        value, reason = "True", ""
        for kind in kinds:
            state = conditions.state(status, kind)
            if state != "True":
                value, reason = state, f"{kind} not ready"
        conditions.mark(status, summary, value, reason=reason)


def stopped(status: Obj, parts: list[Component], mode: str) -> Obj:
    """Everything goes but the mode."""
    fresh: Obj = {"deploymentMode": mode}
    for each in parts:
        conditions.mark(fresh, each.ready, "False", reason="Stopped")
    conditions.mark(fresh, "Stopped", "True")
    conditions.mark(fresh, "IngressReady", "False", reason="Stopped")
    conditions.keep_times(fresh, status)
    return fresh


def _roll_out(entry: Obj, service_status: Obj) -> None:
    """Which revision was last given all traffic, and which one before it.

    When the share of the latest falls below all while nothing else is there to split with (its own revision is
    pinned too), the client is rolling back: the one before counts as rolled out again.
    """
    ready = service_status.get("latestReadyRevisionName")
    targets = service_status.get("traffic") or []
    total = sum(each.get("percent", 0) for each in targets if each.get("revisionName") == ready)
    for target in targets:
        if target.get("revisionName") != ready or not target.get("latestRevision") or "percent" not in target:
            continue
        if entry.get("latestRolledoutRevision") != ready:
            if target["percent"] == 100:
                _copy(entry, "previousRolledoutRevision", entry.get("latestRolledoutRevision"))
                entry["latestRolledoutRevision"] = ready
        elif (
            ready == service_status.get("latestCreatedRevisionName")
            and target["percent"] < 100
            and total == 100
            and entry.get("previousRolledoutRevision")
        ):
            entry["latestRolledoutRevision"] = entry["previousRolledoutRevision"]


def _copy(target: Obj, field: str, value: object) -> None:
    """As Go's `omitempty` shows it: nothing when there is nothing."""
    if value:
        target[field] = value
    else:
        target.pop(field, None)
