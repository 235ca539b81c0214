"""`status.modelStatus`: what the pods of the newest revision say about the model.

kserve pkg/apis/serving/v1beta1/inference_service_status.go, PropagateModelStatus of v0.10.0 and v0.20.0.
"""

from __future__ import annotations

from typing import Any

from kserve_conformance.embedded.controllers import isvc_conditions as conditions
from kserve_conformance.embedded.controllers.components import Deployed
from kserve_conformance.embedded.objects import Obj, is_true
from kserve_conformance.embedded.stacks import Stack

INITIALIZER, CONTAINER = "storage-initializer", "kserve-container"
LOOK_AGAIN = 1.0


def propagate(status: Obj, deployed: Deployed, stack: Stack) -> float | None:
    """Seconds after which to look again when the initializer runs once more after a failure, else None."""
    model = status.setdefault("modelStatus", {"transitionStatus": ""})
    pods = deployed.pods
    copies = model.setdefault("copies", {"failedCopies": 0})
    if stack.reports_mode:
        _count(copies, sum(1 for pod in pods if is_true(pod, "Ready")))
    if not pods:
        _become(model, "FailedToLoad" if deployed.failed and stack.reports_mode else "Pending")
        return None
    if stack.reports_mode:
        return _from_initializer_first(status, model, deployed)
    if _loaded(status, deployed):
        _count(copies, len(pods))
        _become(model, "Loaded")
        return None
    # 0.10 does not ask whether the running initializer has failed before.
    if not _from_initializer(model, pods[0]):
        _from_container(model, pods[0])
    return None


def invalid_spec(status: Obj, reason: str, message: str) -> None:
    """The specification cannot be served; the transition stays there until it can."""
    model = status.setdefault("modelStatus", {})
    model["transitionStatus"] = "InvalidSpec"
    model.setdefault("states", {"activeModelState": ""})["targetModelState"] = "FailedToLoad"
    model["lastFailureInfo"] = {"reason": reason, "message": message}


def _from_initializer_first(status: Obj, model: Obj, deployed: Deployed) -> float | None:
    pod = deployed.pods[0]
    found = _container(pod, "initContainerStatuses", INITIALIZER)
    running_again = "running" in found.get("state", {}) and "terminated" in found.get("lastState", {})
    if running_again:
        return LOOK_AGAIN
    if _from_initializer(model, pod):
        return None
    if _loaded(status, deployed):
        _become(model, "Loaded")
    else:
        _from_container(model, pod)
    return None


def _from_initializer(model: Obj, pod: Obj) -> bool:
    found = _container(pod, "initContainerStatuses", INITIALIZER)
    if "running" in found.get("state", {}):
        _become(model, "Loading")
        return True
    failure = _failure(found)
    if failure is not None:
        _become(model, "FailedToLoad", failure)
    return failure is not None


def _from_container(model: Obj, pod: Obj) -> None:
    found = _container(pod, "containerStatuses", CONTAINER)
    if not found:
        return
    failure = _failure(found)
    if failure is not None:
        _become(model, "FailedToLoad", failure)
    else:
        _become(model, "Pending")


def _loaded(status: Obj, deployed: Deployed) -> bool:
    predictor = (status.get("components") or {}).get("predictor") or {}
    same = predictor.get("latestCreatedRevision") == predictor.get("latestReadyRevision")
    return (same or not deployed.revisions) and conditions.state(status, conditions.READY) == "True"


def _container(pod: Obj, field: str, name: str) -> dict[str, Any]:
    every: list[dict[str, Any]] = (pod.get("status") or {}).get(field) or []
    return next((each for each in every if each["name"] == name), {})


def _failure(found: dict[str, Any]) -> Obj | None:
    state = found.get("state") or {}
    ended = state.get("terminated") or {}
    if ended.get("reason") != "Error":
        if (state.get("waiting") or {}).get("reason") != "CrashLoopBackOff":
            return None
        ended = (found.get("lastState") or {}).get("terminated") or {}
    info = {"reason": "ModelLoadFailed", "message": ended.get("message", ""), "exitCode": ended.get("exitCode", 0)}
    return {name: value for name, value in info.items() if value}


def _become(model: Obj, target: str, failure: Obj | None = None) -> None:
    states = model.setdefault("states", {"activeModelState": ""})
    states["targetModelState"] = target
    model["transitionStatus"] = {
        "Pending": "InProgress",
        "Loading": "InProgress",
        "Loaded": "UpToDate",
        "FailedToLoad": "BlockedByFailedLoad",
    }[target]
    if target == "Loaded":
        states["activeModelState"] = "Loaded"
    if failure is not None:
        model["lastFailureInfo"] = failure


def _count(copies: Obj, total: int) -> None:
    if total:
        copies["totalCopies"] = total
    else:
        copies.pop("totalCopies", None)
