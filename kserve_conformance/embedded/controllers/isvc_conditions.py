"""An InferenceService's conditions: a living set whose Ready depends on the predictor and the ingress.

knative.dev/pkg/apis/condition_set.go; kserve pkg/apis/serving/v1beta1/inference_service_status.go.
"""

from __future__ import annotations

from kserve_conformance.embedded.objects import Obj, set_condition

READY = "Ready"
DEPENDENTS = ("PredictorReady", "IngressReady")


def initialize(status: Obj) -> None:
    """Unknown for whatever Ready depends on, so that there is a Ready from the first write on."""
    for kind in (*DEPENDENTS, READY):
        if find(status, kind) is None:
            _set(status, kind, "Unknown")


def find(status: Obj, kind: str) -> Obj | None:
    return next((each for each in status.get("conditions") or () if each["type"] == kind), None)


def state(status: Obj, kind: str) -> str:
    found = find(status, kind)
    return str(found["status"]) if found else "Unknown"


def mark(status: Obj, kind: str, value: str, *, reason: str = "", message: str = "") -> None:
    """Sets one condition and what follows for Ready.

    The last bad news wins over older bad news of the same kind, which is why a failed predictor usually shows as
    `Predictor ingress not created` in Ready.
    """
    _set(status, kind, value, reason=reason, message=message)
    if value == "True":
        _recompute(status)
    elif kind in DEPENDENTS and (value == "False" or all(state(status, each) != "False" for each in DEPENDENTS)):
        _set(status, READY, value, reason=reason, message=message)


def add_foreign(status: Obj) -> None:
    """A condition and a field that KServe knows nothing of: a service mesh's, an auditor's."""
    _set(status, "AuditedByOthers", "False", reason="NotYet", message="somebody else has not looked at it")
    status.setdefault("annotations", {})["others.example.com/seen"] = "true"


def copy_to(status: Obj, kind: str, source: Obj | None) -> None:
    """The same news under another name; none when there is none."""
    if source is not None:
        mark(status, kind, source["status"], reason=source.get("reason", ""), message=source.get("message", ""))


def keep_times(status: Obj, before: Obj) -> None:
    """A condition whose status is as it was before this pass has not made a transition."""
    for each in status.get("conditions") or ():
        old = find(before, each["type"])
        if old is not None and old["status"] == each["status"]:
            each["lastTransitionTime"] = old["lastTransitionTime"]


def _recompute(status: Obj) -> None:
    for value in ("False", "Unknown"):
        for kind in DEPENDENTS:
            found = find(status, kind)
            if found is None and value == "Unknown":
                _set(status, READY, "Unknown")
                return
            if found is not None and found["status"] == value:
                _set(status, READY, value, reason=found.get("reason", ""), message=found.get("message", ""))
                return
    _set(status, READY, "True")


def _set(status: Obj, kind: str, value: str, *, reason: str = "", message: str = "") -> None:
    terminal = kind == READY or kind in DEPENDENTS
    conditions = status.setdefault("conditions", [])
    set_condition(conditions, kind, value, reason=reason, message=message, severity="" if terminal else "Info")
