"""From a wanted number of pods to a Deployment's replicas, with the way to zero and back (serving
pkg/reconciler/autoscaling/kpa/scaler.go). Condition times on objects are whole seconds, so exact ones are kept beside
them."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable
from dataclasses import dataclass

from kserve_conformance.embedded.apiserver.resources import DEPLOYMENTS
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.autoscaler.config import Scaling, seconds
from kserve_conformance.embedded.controllers import knative_config, names
from kserve_conformance.embedded.faults import Faults
from kserve_conformance.embedded.objects import Obj, annotations_of, condition, is_true
from kserve_conformance.embedded.stacks import Stack

UNKNOWN = -1
A_DAY = 86400.0
ACTIVATION_BUFFER = 30.0  # beyond the progress deadline (activationTimeoutBuffer)


@dataclass(frozen=True)
class Scale:
    """The scale that counts from now on, and when to look again (seconds)."""

    wanted: int
    again: float | None = None


class Stopwatch:
    """Since when a state has lasted, of each object. Of one not seen before, its condition says."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._since: dict[tuple[str, str], tuple[str, float]] = {}

    def note(self, obj: Obj, kind: str, state: str) -> None:
        key = (obj["metadata"]["uid"], kind)
        if self._since.get(key, ("", 0.0))[0] != state:
            self._since[key] = (state, self._clock())

    def lasted(self, obj: Obj, kind: str, state: str) -> float:
        key = (obj["metadata"]["uid"], kind)
        if key not in self._since:
            found = condition(obj, kind)
            if found is None or found["status"] != state:
                return 0.0
            since = datetime.datetime.fromisoformat(found["lastTransitionTime"])
            age = (datetime.datetime.now(datetime.UTC) - since).total_seconds()
            self._since[key] = (state, self._clock() - age)
        tracked, began = self._since[key]
        return self._clock() - began if tracked == state else 0.0


class Scaler:
    def __init__(self, store: Store, stack: Stack, faults: Faults, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._faults = faults
        self._leaves_at_once = stack.unreachable_leave_at_once
        self.stopwatch = Stopwatch(clock)

    def scale(self, autoscaler: Obj, sks: Obj, deployment: Obj, facts: Scaling, desired: int) -> Scale:
        """Writes the Deployment if it is to change."""
        if desired < 0 and state(autoscaler) != "Unknown":
            return Scale(desired)
        minimum, lets_go = facts.min_scale, self._leaves_at_once and not facts.reachable
        if facts.initial_scale > 1 and not is_true(autoscaler, "ScaleTargetInitialized") and not lets_go:
            minimum = max(minimum, facts.initial_scale)
        desired = max(desired, minimum)
        if facts.max_scale:
            desired = min(desired, facts.max_scale)
        scale, apply = Scale(desired), True
        if desired == 0:
            scale, apply = self._toward_zero(autoscaler, sks, facts)
        if apply and deployment["spec"].get("replicas", 1) != scale.wanted:
            deployment["spec"]["replicas"] = scale.wanted
            self._store.update(DEPLOYMENTS, deployment)
        return scale

    def _toward_zero(self, autoscaler: Obj, sks: Obj, facts: Scaling) -> tuple[Scale, bool]:
        """handleScaleToZero: active for a whole stable window, then behind the activator for the grace period."""
        if not facts.scale_to_zero:
            return Scale(1), True
        active = state(autoscaler)
        lasted = self.stopwatch.lasted(autoscaler, "Active", active)
        if active == "True":
            if lasted >= facts.stable_window:
                return Scale(0, facts.grace_period), False
            return Scale(1, facts.stable_window - lasted), True
        if active != "False":
            deadline = self._progress_deadline(autoscaler) + ACTIVATION_BUFFER
            if self._faults.fires("zero-before-first-ready", autoscaler["metadata"]["namespace"]):  # F051
                deadline = facts.stable_window
            if self._faults.fires("activation-without-end", autoscaler["metadata"]["namespace"]):  # F389
                deadline += A_DAY
            return (Scale(0), True) if lasted > deadline else (Scale(UNKNOWN, deadline - lasted), False)
        retention = facts.pod_retention if facts.reachable or not self._leaves_at_once else 0.0
        if self._faults.fires("retention-set", autoscaler["metadata"]["namespace"]):  # D14
            retention = max(retention, facts.grace_period)
        if lasted >= max(facts.grace_period, retention):
            return Scale(0), True
        if lasted < retention:
            return Scale(0, retention - lasted), False
        proxied = self.stopwatch.lasted(sks, "ActivatorEndpointsPopulated", "True")
        if proxied >= facts.grace_period:
            return Scale(0), True
        return Scale(0, facts.grace_period - proxied), False

    def _progress_deadline(self, autoscaler: Obj) -> float:
        own = annotations_of(autoscaler).get(names.SERVING + "progress-deadline")
        return seconds(own or knative_config.read(self._store, "config-deployment").get("progress-deadline", "600s"))


def state(autoscaler: Obj) -> str:
    return str((condition(autoscaler, "Active") or {"status": "Unknown"})["status"])
