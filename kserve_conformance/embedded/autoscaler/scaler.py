"""From a wanted number of pods to a Deployment's replicas, with the way to zero and back.

serving pkg/reconciler/autoscaling/kpa/kpa.go (conditions, activator in the path) and scaler.go (scale to zero).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from kserve_conformance.embedded.apiserver.resources import (
    CONFIG_MAPS,
    DEPLOYMENTS,
    ENDPOINTS,
    POD_AUTOSCALERS,
    SERVERLESS_SERVICES,
    Resource,
)
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.autoscaler.config import Scaling, seconds
from kserve_conformance.embedded.autoscaler.kpa import Decision
from kserve_conformance.embedded.controllers import names
from kserve_conformance.embedded.controllers.runtime import Mapper, ensure, write_status
from kserve_conformance.embedded.controllers.workloads import itself, owner_of_kind
from kserve_conformance.embedded.objects import (
    Key,
    Obj,
    condition,
    is_terminating,
    is_true,
    key_of,
    labels_of,
    owner_reference,
    set_condition,
)

UNKNOWN = -1
ACTIVATION_BUFFER = 30.0  # beyond the progress deadline (scaler.go activationTimeoutBuffer)
QUEUED = "Requests to the target are being buffered as resources are provisioned."
IDLE = "The target is not receiving traffic."


class PodAutoscalerReconciler:
    """Applies decisions. Condition times on objects are whole seconds, so exact ones are kept beside them."""

    def __init__(
        self,
        store: Store,
        decision: Callable[[Key], Decision | None],
        scaling: Callable[[Obj], Scaling],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._decision = decision
        self._scaling = scaling
        self._clock = clock
        self._since: dict[tuple[str, str], tuple[str, float]] = {}

    @property
    def sources(self) -> Mapping[Resource, Mapper]:
        return {
            POD_AUTOSCALERS: itself,
            SERVERLESS_SERVICES: owner_of_kind("PodAutoscaler"),
            DEPLOYMENTS: owner_of_kind("Revision"),
            ENDPOINTS: lambda each: [Key(key_of(each).namespace, key_of(each).name.removesuffix("-private"))],
        }

    def reconcile(self, key: Key) -> float | None:
        autoscaler = self._store.find(POD_AUTOSCALERS, key.namespace, key.name)
        deployment = self._store.find(DEPLOYMENTS, key.namespace, f"{key.name}-deployment")
        if autoscaler is None or deployment is None or is_terminating(autoscaler):
            return None
        facts, decision = self._scaling(autoscaler), self._decision(key)
        wanted, again = self._scale(autoscaler, deployment, facts, decision.desired if decision else UNKNOWN)
        ready = self._ready(key)
        inactive = self._active(autoscaler) == "False"
        short = (decision is not None and decision.excess_burst_capacity < 0) or facts.burst_capacity < 0
        mode = "Proxy" if wanted == 0 or short or (wanted == UNKNOWN and inactive) else "Serve"
        sks = ensure(self._store, SERVERLESS_SERVICES, self._serverless_service(autoscaler, mode))
        self._track(autoscaler, "proxy", mode)
        self._report(autoscaler, facts, sks, wanted=wanted, ready=ready)
        return again

    def _scale(self, autoscaler: Obj, deployment: Obj, facts: Scaling, desired: int) -> tuple[int, float | None]:
        """The scale that counts from now on, and when to look again. Writes the Deployment if it is to change."""
        activating = self._active(autoscaler) not in ("True", "False")
        if desired < 0 and not activating:
            return desired, None
        minimum = facts.min_scale
        if facts.initial_scale > 1 and not is_true(autoscaler, "ScaleTargetInitialized"):
            minimum = max(minimum, facts.initial_scale)
        desired = max(desired, minimum)
        if facts.max_scale:
            desired = min(desired, facts.max_scale)
        apply, again = True, None
        if desired <= 0:
            desired, apply, again = self._toward_zero(autoscaler, facts)
        if apply and desired >= 0 and deployment["spec"].get("replicas", 1) != desired:
            deployment["spec"]["replicas"] = desired
            self._store.update(DEPLOYMENTS, deployment)
        return desired, again

    def _toward_zero(self, autoscaler: Obj, facts: Scaling) -> tuple[int, bool, float | None]:
        """handleScaleToZero: active for a whole stable window, then behind the activator for the grace period."""
        if not facts.scale_to_zero:
            return 1, True, None
        active = self._active(autoscaler)
        lasted = self._lasted(autoscaler, "active", active)
        if active == "True":
            if lasted >= facts.stable_window:
                return 0, False, facts.grace_period
            return 1, True, facts.stable_window - lasted
        if active != "False":
            deadline = self._progress_deadline() + ACTIVATION_BUFFER
            return (0, True, None) if lasted >= deadline else (UNKNOWN, False, deadline - lasted)
        retention = facts.pod_retention if facts.reachable else 0.0
        if lasted >= max(facts.grace_period, retention):
            return 0, True, None
        if lasted < retention:
            return 0, False, retention - lasted
        proxied = self._lasted(autoscaler, "proxy", "Proxy")
        if proxied >= facts.grace_period:
            return 0, True, None
        return 0, False, facts.grace_period - proxied

    def _report(self, autoscaler: Obj, facts: Scaling, sks: Obj, *, wanted: int, ready: int) -> None:
        status = autoscaler.setdefault("status", {})
        conditions = status.setdefault("conditions", [])
        initialized = is_true(autoscaler, "ScaleTargetInitialized")
        needed = max(facts.min_scale, 1) if initialized else max(facts.min_scale, facts.initial_scale)
        if ready >= needed:
            set_condition(conditions, "ScaleTargetInitialized", "True")
        elif not initialized:
            set_condition(conditions, "ScaleTargetInitialized", "Unknown")
        before = self._active(autoscaler)
        if wanted == 0 and before not in ("True", "False"):
            message = "The target could not be activated."
            set_condition(conditions, "Active", "False", reason="TimedOut", message=message)
        elif wanted == 0:
            set_condition(conditions, "Active", "False", reason="NoTraffic", message=IDLE)
        elif wanted > 0 or before != "False":
            if ready >= needed:
                set_condition(conditions, "Active", "True")
            else:
                set_condition(conditions, "Active", "Unknown", reason="Queued", message=QUEUED)
        self._track(autoscaler, "active", self._active(autoscaler))
        sks_ready = condition(sks, "Ready") or {"status": "Unknown"}
        set_condition(conditions, "SKSReady", sks_ready["status"], reason=sks_ready.get("reason", ""))
        active = condition(autoscaler, "Active") or {"status": "Unknown"}
        set_condition(conditions, "Ready", active["status"], reason=active.get("reason", ""))
        status["desiredScale"], status["actualScale"] = wanted, ready
        status["serviceName"] = autoscaler["metadata"]["name"]
        status["metricsServiceName"] = f"{autoscaler['metadata']['name']}-private"
        status["observedGeneration"] = autoscaler["metadata"]["generation"]
        write_status(self._store, POD_AUTOSCALERS, autoscaler)

    def _active(self, autoscaler: Obj) -> str:
        return str((condition(autoscaler, "Active") or {"status": "Unknown"})["status"])

    def _track(self, autoscaler: Obj, what: str, state: str) -> None:
        key = (autoscaler["metadata"]["uid"], what)
        if self._since.get(key, ("", 0.0))[0] != state:
            self._since[key] = (state, self._clock())

    def _lasted(self, autoscaler: Obj, what: str, state: str) -> float:
        tracked, since = self._since.get((autoscaler["metadata"]["uid"], what), ("", 0.0))
        return self._clock() - since if tracked == state else 0.0

    def _ready(self, key: Key) -> int:
        endpoints = self._store.find(ENDPOINTS, key.namespace, f"{key.name}-private")
        return sum(len(each.get("addresses") or ()) for each in (endpoints or {}).get("subsets") or ())

    def _progress_deadline(self) -> float:
        config = self._store.find(CONFIG_MAPS, names.SYSTEM, "config-deployment") or {}
        return seconds((config.get("data") or {}).get("progress-deadline", "600s"))

    def _serverless_service(self, autoscaler: Obj, mode: str) -> Obj:
        meta = autoscaler["metadata"]
        return {
            "metadata": {
                "name": meta["name"],
                "namespace": meta["namespace"],
                "labels": labels_of(autoscaler),
                "ownerReferences": [owner_reference(autoscaler)],
            },
            "spec": {
                "mode": mode,
                "numActivators": 1,
                "protocolType": autoscaler["spec"].get("protocolType", "http1"),
                "objectRef": autoscaler["spec"]["scaleTargetRef"],
            },
        }
