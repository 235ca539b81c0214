"""PodAutoscalers: decisions become replicas, and what is there becomes conditions (serving
pkg/reconciler/autoscaling/kpa/kpa.go and reconciler.go)."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping

from kserve_conformance.embedded.apiserver.resources import (
    DEPLOYMENTS,
    ENDPOINTS,
    METRICS,
    POD_AUTOSCALERS,
    SERVERLESS_SERVICES,
    Resource,
)
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.autoscaler.config import Scaling
from kserve_conformance.embedded.autoscaler.kpa import Decision
from kserve_conformance.embedded.autoscaler.scaler import UNKNOWN, Scaler, state
from kserve_conformance.embedded.controllers.conditions import ready_from
from kserve_conformance.embedded.controllers.runtime import Mapper, ensure, write_status
from kserve_conformance.embedded.controllers.workloads import itself, owner_of_kind
from kserve_conformance.embedded.faults import Faults
from kserve_conformance.embedded.objects import (
    Key,
    Obj,
    annotations_of,
    condition,
    controlled_by,
    is_terminating,
    is_true,
    key_of,
    labels_of,
    owner_reference,
    set_condition,
)
from kserve_conformance.embedded.stacks import Stack

LEAST_ACTIVATORS = 2
NO_SERVICE = "No Private Service Name"
QUEUED = "Requests to the target are being buffered as resources are provisioned."
IDLE = "The target is not receiving traffic."
FAILED = "The target could not be activated."
DEPENDENTS = ("Active", "ScaleTargetInitialized", "SKSReady")


class PodAutoscalerReconciler:
    """`decision` is what the traffic of one PodAutoscaler wants, `scaling` its rules as they are now."""

    def __init__(
        self,
        store: Store,
        stack: Stack,
        faults: Faults,
        decision: Callable[[Obj], Decision],
        scaling: Callable[[Obj], Scaling],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._keeps_desired = stack.desired_scale_kept
        self._decision = decision
        self._scaling = scaling
        self._scaler = Scaler(store, stack, faults, clock)

    @property
    def sources(self) -> Mapping[Resource, Mapper]:
        own = owner_of_kind("PodAutoscaler")
        return {
            POD_AUTOSCALERS: itself,
            SERVERLESS_SERVICES: own,
            METRICS: own,
            DEPLOYMENTS: owner_of_kind("Revision"),
            ENDPOINTS: lambda each: [Key(key_of(each).namespace, key_of(each).name.removesuffix("-private"))],
        }

    def reconcile(self, key: Key) -> float | None:
        autoscaler = self._store.find(POD_AUTOSCALERS, key.namespace, key.name)
        deployment = self._store.find(DEPLOYMENTS, key.namespace, f"{key.name}-deployment")
        if autoscaler is None or deployment is None or is_terminating(autoscaler):
            return None
        status = autoscaler.setdefault("status", {})
        conditions = status.setdefault("conditions", [])
        for kind in DEPENDENTS:
            if condition(autoscaler, kind) is None:
                set_condition(conditions, kind, "Unknown")
        again = self._reconcile(autoscaler, deployment)
        self._scaler.stopwatch.note(autoscaler, "Active", state(autoscaler))
        ready_from(conditions, *DEPENDENTS)
        status["observedGeneration"] = autoscaler["metadata"]["generation"]
        write_status(self._store, POD_AUTOSCALERS, autoscaler)
        return again

    def _reconcile(self, autoscaler: Obj, deployment: Obj) -> float | None:
        status, facts = autoscaler["status"], self._scaling(autoscaler)
        key = key_of(autoscaler)
        sks = self._store.find(SERVERLESS_SERVICES, key.namespace, key.name)
        private = ((sks or {}).get("status") or {}).get("privateServiceName")
        if sks is None or not private:
            self._serverless_service(autoscaler, "Proxy", LEAST_ACTIVATORS)
            set_condition(status["conditions"], "SKSReady", "Unknown", reason="NotReady", message=NO_SERVICE)
            self._report(autoscaler, facts, wanted=UNKNOWN, ready=0)
            return None
        status["metricsServiceName"] = private
        self._metric(autoscaler, facts, "" if facts.burst_capacity == -1 else private)
        decision, ready = self._decision(autoscaler), self._ready(key)
        scale = self._scaler.scale(autoscaler, sks, deployment, facts, decision.desired)
        mode = "Serve" if scale.wanted > 0 and decision.excess_burst_capacity >= 0 else "Proxy"
        made = self._serverless_service(autoscaler, mode, activators(ready, facts))
        if made is None:
            return scale.again
        self._scaler.stopwatch.note(made, "ActivatorEndpointsPopulated", "True" if mode == "Proxy" else "False")
        status["serviceName"] = made["status"]["serviceName"]
        if is_true(made, "Ready"):
            set_condition(status["conditions"], "SKSReady", "True")
        else:
            message = (condition(made, "Ready") or {}).get("message", "")
            set_condition(status["conditions"], "SKSReady", "Unknown", reason="NotReady", message=message)
        self._report(autoscaler, facts, wanted=scale.wanted, ready=ready)
        return scale.again

    def _report(self, autoscaler: Obj, facts: Scaling, *, wanted: int, ready: int) -> None:
        """computeStatus and computeActiveCondition."""
        status = autoscaler["status"]
        status["actualScale"] = ready
        if wanted != UNKNOWN or not self._keeps_desired or status.get("desiredScale", UNKNOWN) < 0:
            status["desiredScale"] = wanted
        initialized = is_true(autoscaler, "ScaleTargetInitialized")
        needed = max(facts.min_scale, 1 if initialized else facts.initial_scale)
        conditions, before = status["conditions"], state(autoscaler)
        if ready >= needed and status.get("serviceName"):
            set_condition(conditions, "ScaleTargetInitialized", "True")
        if wanted == 0 or needed == 0:
            failed = before == "Unknown" and needed > 0
            why = ("TimedOut", FAILED) if failed else ("NoTraffic", IDLE)
            set_condition(conditions, "Active", "False", reason=why[0], message=why[1])
        elif wanted > 0 or before != "False":
            if ready >= needed:
                set_condition(conditions, "Active", "True")
            else:
                set_condition(conditions, "Active", "Unknown", reason="Queued", message=QUEUED)
        elif ready < needed:
            set_condition(conditions, "Active", "False", reason="NoTraffic", message=IDLE)

    def _ready(self, key: Key) -> int:
        endpoints = self._store.find(ENDPOINTS, key.namespace, f"{key.name}-private")
        return sum(len(each.get("addresses") or ()) for each in (endpoints or {}).get("subsets") or ())

    def _metric(self, autoscaler: Obj, facts: Scaling, target: str) -> None:
        """What is collected and where from; with the activator always in the path nothing is."""
        spec = {
            "panicWindow": int(facts.panic_window * 1e9),
            "scrapeTarget": target,
            "stableWindow": int(facts.stable_window * 1e9),
        }
        metric = ensure(self._store, METRICS, {"metadata": _child(autoscaler), "spec": spec})
        conditions = metric.setdefault("status", {}).setdefault("conditions", [])
        set_condition(conditions, "Ready", "True")
        metric["status"]["observedGeneration"] = metric["metadata"]["generation"]
        write_status(self._store, METRICS, metric)

    def _serverless_service(self, autoscaler: Obj, mode: str, count: int) -> Obj | None:
        """None when one of that name belongs to somebody else."""
        key = key_of(autoscaler)
        found = self._store.find(SERVERLESS_SERVICES, key.namespace, key.name)
        if found is not None and not controlled_by(found, autoscaler):
            message = f'There is an existing ServerlessService "{key.name}" that we do not own.'
            conditions = autoscaler["status"]["conditions"]
            set_condition(conditions, "Active", "False", reason="NotOwned", message=message)
            return None
        spec = {
            "mode": mode,
            "numActivators": count,
            "objectRef": autoscaler["spec"]["scaleTargetRef"],
            "protocolType": autoscaler["spec"].get("protocolType", "http1"),
        }
        return ensure(self._store, SERVERLESS_SERVICES, {"metadata": _child(autoscaler), "spec": spec})


def activators(ready: int, facts: Scaling) -> int:
    """Enough of them for what the pods can take and the burst on top."""
    if facts.burst_capacity == 0:
        return LEAST_ACTIVATORS
    capacity = ready * facts.total + max(0.0, facts.burst_capacity)
    return max(LEAST_ACTIVATORS, math.ceil(capacity / facts.activator_capacity))


def _child(autoscaler: Obj) -> Obj:
    meta = autoscaler["metadata"]
    return {
        "name": meta["name"],
        "namespace": meta["namespace"],
        "labels": labels_of(autoscaler),
        "annotations": annotations_of(autoscaler),
        "ownerReferences": [owner_reference(autoscaler)],
    }
