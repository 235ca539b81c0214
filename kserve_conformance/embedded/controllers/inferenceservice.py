"""The InferenceService controller (kserve pkg/controller/v1beta1/inferenceservice/controller.go)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from kserve_conformance.embedded.apiserver.resources import (
    CLUSTER_SERVING_RUNTIMES,
    DEPLOYMENTS,
    INFERENCE_SERVICES,
    KNATIVE_SERVICES,
    PODS,
    SERVICES,
    SERVING_RUNTIMES,
    VIRTUAL_SERVICES,
    Resource,
)
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.controllers import (
    components,
    isvc_conditions,
    isvc_ksvc,
    isvc_model_status,
    isvc_status,
    modes,
    neighbour,
)
from kserve_conformance.embedded.controllers.components import (
    EXPLAINER,
    PREDICTOR,
    TRANSFORMER,
    Component,
    ComponentError,
    Deployment,
    Maker,
)
from kserve_conformance.embedded.controllers.gateway import GatewayState
from kserve_conformance.embedded.controllers.isvc_callers import Caller
from kserve_conformance.embedded.controllers.isvc_ingress import Ingress, keys_of_owned
from kserve_conformance.embedded.controllers.isvc_predictor import Predictor
from kserve_conformance.embedded.controllers.isvc_standard import StandardDeployment
from kserve_conformance.embedded.controllers.isvc_watches import PodChanges, users_of_runtime
from kserve_conformance.embedded.controllers.occasions import Occasions
from kserve_conformance.embedded.controllers.runtime import Mapper, write_status
from kserve_conformance.embedded.controllers.standard_ingress import StandardIngress
from kserve_conformance.embedded.controllers.workloads import itself
from kserve_conformance.embedded.events import Recorder
from kserve_conformance.embedded.faults import Faults
from kserve_conformance.embedded.objects import Key, Obj, annotations_of, copy_of, is_terminating, key_of
from kserve_conformance.embedded.stacks import Stack

FINALIZER = "inferenceservice.finalizers"
STOP = "serving.kserve.io/stop"
DISABLE_UPDATE = "serving.kserve.io/disable-auto-update"
FIRST_RETRY, LAST_RETRY = 0.1, 16.0
# F006, F225
ABANDONED = {"delete-leaves-children": KNATIVE_SERVICES, "standard-delete-leaves-children": DEPLOYMENTS}


class WayIn(Protocol):
    """Lets requests in to a service, once its components are ready."""

    def reconcile(self, isvc: Obj) -> float | None:
        """Seconds after which to look again, else None. Changes the status."""

    def remove(self, isvc: Obj) -> None:
        """Takes away what `reconcile` made."""


@dataclass(frozen=True)
class Mode:
    """One way to deploy a service; `name` is the one that its status has."""

    name: str
    deployment: Deployment
    ingress: WayIn


class InferenceServiceReconciler:
    """Brings about the components and the way in, and reports on all of them."""

    def __init__(self, store: Store, stack: Stack, faults: Faults, gateway: GatewayState) -> None:
        self._store = store
        self._stack = stack
        self._occasions = faulty = Occasions(faults)
        knative: Deployment = isvc_ksvc.KnativeDeployment(store, stack, faulty)
        self._modes: Mapping[bool, Mode] = {
            False: Mode(stack.mode, knative, Ingress(store, stack, self._occasions, gateway)),
            True: Mode(
                "Standard", StandardDeployment(store, stack, faulty), StandardIngress(store, stack, faulty, gateway)
            ),
        }
        self._makers: Mapping[Component, Maker] = {
            PREDICTOR: Predictor(store, stack, self._occasions),
            TRANSFORMER: Caller(TRANSFORMER, store, stack),
            EXPLAINER: Caller(EXPLAINER, store, stack),
        }
        self._events = Recorder(store, "v1beta1Controllers")
        self._pods = PodChanges(stack)
        self._failures: Counter[Key] = Counter()

    @property
    def sources(self) -> Mapping[Resource, Mapper]:
        users = users_of_runtime(self._store, self._stack)
        return {
            INFERENCE_SERVICES: itself,
            KNATIVE_SERVICES: keys_of_owned,
            DEPLOYMENTS: keys_of_owned,
            VIRTUAL_SERVICES: keys_of_owned,
            SERVICES: keys_of_owned,
            PODS: self._pods,
            SERVING_RUNTIMES: users,
            CLUSTER_SERVING_RUNTIMES: users,
        }

    def reconcile(self, key: Key) -> float | None:
        isvc = self._store.find(INFERENCE_SERVICES, key.namespace, key.name)
        if isvc is None:
            self._failures.pop(key, None)
            return None
        if is_terminating(isvc):
            self._release(isvc)
            return None
        finalizers = isvc["metadata"].setdefault("finalizers", [])
        if FINALIZER not in finalizers:
            finalizers.append(FINALIZER)
            isvc = self._store.update(INFERENCE_SERVICES, isvc)
            if self._occasions.fires("busy-neighbour", isvc):  # D13
                neighbour.move_in(self._store, self._events, isvc)
        status = isvc.setdefault("status", {})
        standard = modes.is_standard(isvc, self._store)
        mode = self._modes[standard and not self._occasions.fires("standard-mode-ignored", isvc)]  # F221
        held = annotations_of(isvc).get(DISABLE_UPDATE) == "true" and self._stack.reports_mode
        if held and isvc_conditions.state(status, "Ready") == "True":
            return None
        stopped = self._stack.stopped_condition and annotations_of(isvc).get(STOP, "").lower() == "true"
        if stopped and not self._occasions.fires("stop-ignored", isvc):  # F175
            self._stop(isvc, mode)
            return None
        return self._bring_about(isvc, mode)

    def _bring_about(self, isvc: Obj, mode: Mode) -> float | None:
        key, before = key_of(isvc), copy_of(isvc["status"])
        if self._stack.reports_mode:
            isvc_conditions.initialize(isvc["status"])
            isvc["status"]["deploymentMode"] = mode.name
        parts = components.of(isvc)
        again = None
        try:
            for each in parts:
                again = self._component(isvc, each, mode.deployment)
                if again is not None:
                    break
        except ComponentError as error:
            if not self._occasions.fires("refusal-untold", isvc):  # F134
                self._events.record(isvc, "Warning", "InternalError", str(error))
            self._write(isvc, before)
            self._failures[key] += 1
            return min(FIRST_RETRY * 2.0 ** min(self._failures[key], 10), LAST_RETRY)
        self._failures.pop(key, None)
        if again is not None:
            return again
        if self._stack.stopped_condition:
            isvc_conditions.mark(isvc["status"], "Stopped", "False")
        if self._stack.summary_conditions and mode.name == self._stack.mode:
            isvc_status.summarise(isvc["status"], parts)
        again = mode.ingress.reconcile(isvc)
        self._write(isvc, before)
        return again

    def _component(self, isvc: Obj, component: Component, deployment: Deployment) -> float | None:
        """Seconds after which to look again before anything else is done, else None. Raises ComponentError."""
        workload = self._makers[component].workload(isvc)
        try:
            deployed = deployment.deploy(isvc, workload)
        except ComponentError as error:
            text = f"fails to reconcile {component.name}: {error}"
            if self._stack.watches_pods:
                isvc_conditions.mark(isvc["status"], component.ready, "False", reason="ReconcileFailed", message=text)
            raise ComponentError(text) from error
        if component is not PREDICTOR or self._occasions.fires("model-status-lost", isvc):  # F132
            return None
        again = isvc_model_status.propagate(isvc["status"], deployed, self._stack)
        states = isvc["status"]["modelStatus"].get("states") or {}
        if states.get("targetModelState") != "Loaded" and self._occasions.fires("active-model-forgotten", isvc):  # F288
            states["activeModelState"] = ""
        failure = isvc["status"]["modelStatus"].get("lastFailureInfo")
        if failure and self._occasions.fires("missing-model-not-reported", isvc):  # F081
            failure.pop("message", None)
        return again

    def _stop(self, isvc: Obj, mode: Mode) -> None:
        parts = components.of(isvc)
        for each in parts:
            mode.deployment.remove(isvc, each)
        mode.ingress.remove(isvc)
        before = isvc["status"]
        isvc["status"] = isvc_status.stopped(before, parts, mode.name)
        self._write(isvc, before)

    def _release(self, isvc: Obj) -> None:
        """Children go by their owner references; there is nothing else to clean up."""
        if self._occasions.fires("delete-hangs", isvc):  # F007
            return
        for knob, resource in ABANDONED.items():
            if self._occasions.fires(knob, isvc):
                self._abandon(isvc, resource)
        finalizers = isvc["metadata"].get("finalizers") or []
        if FINALIZER in finalizers:
            finalizers.remove(FINALIZER)
            self._store.update(INFERENCE_SERVICES, isvc)
        self._occasions.forget(isvc)

    def _abandon(self, isvc: Obj, resource: Resource) -> None:
        """What runs the components no longer has an owner."""
        key = key_of(isvc)
        for each in self._store.list(resource, key.namespace, where=lambda each: key in keys_of_owned(each)):
            each["metadata"]["ownerReferences"] = []
            self._store.update(resource, each)

    def _write(self, isvc: Obj, before: Obj) -> None:
        status: dict[str, Any] = isvc["status"]
        if self._occasions.fires("condition-missing", isvc):  # F130
            status["conditions"] = [each for each in status.get("conditions") or () if each["type"] != "IngressReady"]
        if self._occasions.fires("extra-conditions", isvc):  # D04
            isvc_conditions.add_foreign(status)
        isvc_conditions.keep_times(status, before)
        if status == before:
            return
        write_status(self._store, INFERENCE_SERVICES, isvc)
        was, now = (isvc_conditions.state(each, "Ready") for each in (before, status))
        name = isvc["metadata"]["name"]
        if was != "True" and now == "True" and not self._occasions.fires("ready-untold", isvc):  # F182
            self._events.record(isvc, "Normal", "InferenceServiceReady", f"InferenceService [{name}] is Ready")
        elif was == "True" and (now == "False" or (now == "Unknown" and not self._stack.summary_conditions)):
            self._not_ready(isvc)

    def _not_ready(self, isvc: Obj) -> None:
        text = f"InferenceService [{isvc['metadata']['name']}] is no longer Ready"
        if self._stack.summary_conditions:
            causes = [each["type"] for each in isvc["status"]["conditions"] if each["status"] == "False"]
            text += f" because of: {', '.join(causes)}"
        self._events.record(isvc, "Warning", "InferenceServiceNotReady", text)
