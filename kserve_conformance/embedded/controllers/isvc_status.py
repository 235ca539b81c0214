"""An InferenceService's status from its Knative Service's (kserve inference_service_status.go, PropagateStatus)."""

from __future__ import annotations

from kserve_conformance.embedded.controllers import isvc_conditions as conditions
from kserve_conformance.embedded.objects import Obj
from kserve_conformance.embedded.stacks import Stack

MIRRORED = {
    "PredictorReady": "Ready",
    "PredictorRouteReady": "RoutesReady",
    "PredictorConfigurationReady": "ConfigurationsReady",
}
SUMMARIES = {"RoutesReady": "PredictorRouteReady", "LatestDeploymentReady": "PredictorConfigurationReady"}


def propagate(status: Obj, service_status: Obj) -> None:
    """Conditions, revisions, traffic and URL of the predictor."""
    predictor = status.setdefault("components", {}).setdefault("predictor", {})
    _copy(predictor, "latestCreatedRevision", service_status.get("latestCreatedRevisionName"))
    _roll_out(predictor, service_status)
    _copy(predictor, "latestReadyRevision", service_status.get("latestReadyRevisionName"))
    found = {each["type"]: each for each in service_status.get("conditions") or ()}
    if found.get("Ready", {}).get("status") == "True":
        for field in ("address", "url"):
            if service_status.get(field):
                predictor[field] = service_status[field]
    for ours, theirs in MIRRORED.items():
        conditions.copy_to(status, ours, found.get(theirs))
    _copy(predictor, "traffic", service_status.get("traffic"))
    _copy(status, "observedGeneration", service_status.get("observedGeneration"))


def summarise(status: Obj) -> None:
    """RoutesReady and LatestDeploymentReady over all components; here there is one."""
    for summary, part in SUMMARIES.items():
        value = conditions.state(status, part)
        conditions.mark(status, summary, value, reason="" if value == "True" else f"{part} not ready")


def stopped(status: Obj, stack: Stack) -> Obj:
    """Everything goes but the mode."""
    fresh: Obj = {"deploymentMode": stack.mode}
    conditions.mark(fresh, "PredictorReady", "False", reason="Stopped")
    conditions.mark(fresh, "Stopped", "True")
    conditions.mark(fresh, "IngressReady", "False", reason="Stopped")
    conditions.keep_times(fresh, status)
    return fresh


def _roll_out(predictor: Obj, service_status: Obj) -> None:
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
        if predictor.get("latestRolledoutRevision") != ready:
            if target["percent"] == 100:
                _copy(predictor, "previousRolledoutRevision", predictor.get("latestRolledoutRevision"))
                predictor["latestRolledoutRevision"] = ready
        elif (
            ready == service_status.get("latestCreatedRevisionName")
            and target["percent"] < 100
            and total == 100
            and predictor.get("previousRolledoutRevision")
        ):
            predictor["latestRolledoutRevision"] = predictor["previousRolledoutRevision"]


def _copy(target: Obj, field: str, value: object) -> None:
    """As Go's `omitempty` shows it: nothing when there is nothing."""
    if value:
        target[field] = value
    else:
        target.pop(field, None)
