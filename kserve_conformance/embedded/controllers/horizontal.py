"""HorizontalPodAutoscalers, on what the pods' processes really use (kubernetes pkg/controller/podautoscaler)."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping

from kserve_conformance.embedded.apiserver.resources import DEPLOYMENTS, HORIZONTAL_POD_AUTOSCALERS, PODS, Resource
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.controllers import horizontal_replicas as replicas
from kserve_conformance.embedded.controllers.runtime import Mapper, write_status
from kserve_conformance.embedded.controllers.workloads import itself
from kserve_conformance.embedded.events import Recorder
from kserve_conformance.embedded.metrics import Usage
from kserve_conformance.embedded.objects import (
    Key,
    Obj,
    is_ready_pod,
    is_terminating,
    key_of,
    matches_labels,
    now,
    set_condition,
)

SYNC = 15.0  # horizontal-pod-autoscaler-sync-period; the metrics server measures as often
SUFFIXES = {"m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40}


class HorizontalReconciler:
    """Looks every 15 s. `usage` is of a running pod, None of any other; `clock` in seconds."""

    def __init__(
        self, store: Store, usage: Callable[[Key], Usage | None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = store
        self._usage = usage
        self._clock = clock
        self._events = Recorder(store, "horizontal-pod-autoscaler")
        self._due: dict[Key, float] = {}
        self._samples: dict[str, tuple[float, float]] = {}  # of a pod: when, and its CPU seconds
        self._histories: dict[str, replicas.History] = defaultdict(replicas.History)

    @property
    def sources(self) -> Mapping[Resource, Mapper]:
        return {HORIZONTAL_POD_AUTOSCALERS: itself}

    def reconcile(self, key: Key) -> float | None:
        hpa = self._store.find(HORIZONTAL_POD_AUTOSCALERS, key.namespace, key.name)
        if hpa is None or is_terminating(hpa):
            self._due.pop(key, None)
            return None
        early = self._due.get(key, 0.0) - self._clock()
        if early > 0:
            return early
        self._due[key] = self._clock() + SYNC
        self._look(hpa)
        return SYNC

    def _look(self, hpa: Obj) -> None:
        target = hpa["spec"]["scaleTargetRef"]
        deployment = self._store.find(DEPLOYMENTS, hpa["metadata"]["namespace"], target["name"])
        status = hpa.setdefault("status", {})
        conditions = status.setdefault("conditions", [])
        if deployment is None:
            message = (
                "the HPA controller was unable to get the target's current scale: "
                f'deployments.apps "{target["name"]}" not found'
            )
            set_condition(conditions, "AbleToScale", "False", reason="FailedGetScale", message=message)
            self._events.record(hpa, "Warning", "FailedGetScale", message)
        else:
            self._scale(hpa, deployment, conditions)
        status["observedGeneration"] = hpa["metadata"]["generation"]
        write_status(self._store, HORIZONTAL_POD_AUTOSCALERS, hpa)

    def _scale(self, hpa: Obj, deployment: Obj, conditions: list[Obj]) -> None:
        status = hpa["status"]
        current = deployment["spec"].get("replicas", 1)
        text = "the HPA controller was able to get the target's current scale"
        set_condition(conditions, "AbleToScale", "True", reason="SucceededGetScale", message=text)
        status["currentReplicas"] = status["desiredReplicas"] = current
        if current == 0:
            text = "scaling is disabled since the replica count of the target is zero"
            set_condition(conditions, "ScalingActive", "False", reason="ScalingDisabled", message=text)
            return
        desired, reason = self._wanted(hpa, deployment, current, conditions)
        if desired == current:
            return
        deployment["spec"]["replicas"] = desired
        self._store.update(DEPLOYMENTS, deployment)
        self._histories[hpa["metadata"]["uid"]].scaled(desired - current, self._clock())
        status["desiredReplicas"], status["lastScaleTime"] = desired, now()
        text = f"the HPA controller was able to update the target scale to {desired}"
        set_condition(conditions, "AbleToScale", "True", reason="SucceededRescale", message=text)
        self._events.record(hpa, "Normal", "SuccessfulRescale", f"New size: {desired}; reason: {reason}")

    def _wanted(self, hpa: Obj, deployment: Obj, current: int, conditions: list[Obj]) -> tuple[int, str]:
        """The number of replicas and why."""
        spec = hpa["spec"]
        low, high = spec.get("minReplicas") or 1, spec["maxReplicas"]
        measured = self._measure(hpa, deployment, current, conditions)
        if current > high:
            return high, "Current number of replicas above Spec.MaxReplicas"
        if current < low:
            return low, "Current number of replicas below Spec.MinReplicas"
        if measured is None:
            return current, ""
        proposed, reason = measured
        behavior = spec.get("behavior") or {}
        down = (behavior.get("scaleDown") or {}).get("stabilizationWindowSeconds", replicas.DOWN_WINDOW)
        up = (behavior.get("scaleUp") or {}).get("stabilizationWindowSeconds", replicas.UP_WINDOW)
        history = self._histories[hpa["metadata"]["uid"]]
        desired, held = history.settle(proposed, current, now=self._clock(), down=down, up=up)
        if held in ("ScaleDownStabilized", "ScaleUpStabilized"):
            text = "recent recommendations were higher than current one, applying the highest recent recommendation"
            set_condition(conditions, "AbleToScale", "True", reason=held, message=text)
        bounded = min(max(desired, low), high)
        limited = {high: "TooManyReplicas", low: "TooFewReplicas"}.get(bounded) if bounded != desired else held
        set_condition(
            conditions,
            "ScalingLimited",
            "True" if limited in ("TooManyReplicas", "TooFewReplicas", "ScaleUpLimit") else "False",
            reason=limited or "DesiredWithinRange",
        )
        return bounded, reason if bounded > current else "All metrics below target"

    def _measure(self, hpa: Obj, deployment: Obj, current: int, conditions: list[Obj]) -> tuple[int, str] | None:
        """The largest number that a metric asks for, with the reason; None when no metric can be had."""
        selector = deployment["spec"]["selector"].get("matchLabels") or {}
        namespace = hpa["metadata"]["namespace"]
        pods = self._store.list(
            PODS, namespace, where=lambda pod: matches_labels(pod, selector) and not is_terminating(pod)
        )
        used = {key_of(pod): self._sampled(pod) for pod in pods}
        found: list[tuple[int, str]] = []
        shown: list[Obj] = []
        for each in hpa["spec"].get("metrics") or ():
            name, target = each["resource"]["name"], each["resource"]["target"]["averageUtilization"]
            metrics = [
                replicas.PodMetric(_requested(pod, name), used[key_of(pod)].get(name), starting=not is_ready_pod(pod))
                for pod in pods
            ]
            measured = replicas.for_utilization(metrics, target, current)
            if measured is not None:
                reason = f"{name} resource utilization (percentage of request) above target"
                found.append((measured.replicas, reason))
                resource = {"name": name, "current": {"averageUtilization": measured.utilization}}
                shown.append({"type": "Resource", "resource": resource})
        hpa["status"]["currentMetrics"] = shown
        if not found:
            message = "the HPA was unable to compute the replica count: no metrics returned from resource metrics API"
            set_condition(conditions, "ScalingActive", "False", reason="FailedGetResourceMetric", message=message)
            return None
        text = "the HPA was able to successfully calculate a replica count"
        set_condition(conditions, "ScalingActive", "True", reason="ValidMetricFound", message=text)
        return max(found)

    def _sampled(self, pod: Obj) -> dict[str, float]:
        """Cores over the time since the last look, and bytes; nothing of a pod seen for the first time."""
        usage, uid, at = self._usage(key_of(pod)), pod["metadata"]["uid"], self._clock()
        if usage is None:
            self._samples.pop(uid, None)
            return {}
        before = self._samples.get(uid)
        self._samples[uid] = (at, usage.cpu)
        if before is None or at <= before[0]:
            return {}
        return {"cpu": (usage.cpu - before[1]) / (at - before[0]), "memory": usage.memory}


def _requested(pod: Obj, name: str) -> float:
    return sum(
        quantity(((each.get("resources") or {}).get("requests") or {}).get(name, "0"))
        for each in pod["spec"]["containers"]
    )


def quantity(text: str) -> float:
    """A Kubernetes quantity as a number."""
    suffix = next((each for each in sorted(SUFFIXES, key=len, reverse=True) if str(text).endswith(each)), "")
    return float(str(text).removesuffix(suffix)) * SUFFIXES.get(suffix, 1.0)
