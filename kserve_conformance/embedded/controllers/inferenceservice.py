"""The InferenceService controller (kserve pkg/controller/v1beta1/inferenceservice/controller.go)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from kserve_conformance.embedded.admission.isvc_validation import NEWER_SCHEMES, is_supported_uri, unsupported_uri
from kserve_conformance.embedded.apiserver.resources import (
    CLUSTER_SERVING_RUNTIMES,
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
    isvc_conditions,
    isvc_ksvc,
    isvc_model_status,
    isvc_pod_spec,
    isvc_status,
    names,
    serving_runtimes,
)
from kserve_conformance.embedded.controllers.gateway import GatewayState
from kserve_conformance.embedded.controllers.isvc_ingress import Ingress, keys_of_owned
from kserve_conformance.embedded.controllers.isvc_watches import PodChanges, users_of_runtime
from kserve_conformance.embedded.controllers.runtime import Mapper, write_status
from kserve_conformance.embedded.controllers.workloads import itself
from kserve_conformance.embedded.errors import ApiError
from kserve_conformance.embedded.events import Recorder
from kserve_conformance.embedded.faults import Faults
from kserve_conformance.embedded.objects import Key, Obj, annotations_of, copy_of, is_terminating, key_of, labels_of
from kserve_conformance.embedded.stacks import Stack

FINALIZER = "inferenceservice.finalizers"
STOP = "serving.kserve.io/stop"
DISABLE_UPDATE = "serving.kserve.io/disable-auto-update"
FIRST_RETRY, LAST_RETRY = 0.1, 16.0


class ComponentError(Exception):
    """The predictor could not be brought about; the text is the event's."""


class InferenceServiceReconciler:
    """Brings about the predictor's Knative Service and the way in, and reports on both."""

    def __init__(self, store: Store, stack: Stack, faults: Faults, gateway: GatewayState) -> None:
        self._store = store
        self._stack = stack
        self._faults = faults
        self._ingress = Ingress(store, stack, faults, gateway)
        self._events = Recorder(store, "v1beta1Controllers")
        self._pods = PodChanges(stack)
        self._failures: Counter[Key] = Counter()
        self._decided: dict[tuple[str, str], tuple[int, bool]] = {}

    @property
    def sources(self) -> Mapping[Resource, Mapper]:
        users = users_of_runtime(self._store, self._stack)
        return {
            INFERENCE_SERVICES: itself,
            KNATIVE_SERVICES: keys_of_owned,
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
        status = isvc.setdefault("status", {})
        held = annotations_of(isvc).get(DISABLE_UPDATE) == "true" and self._stack.reports_mode
        if held and isvc_conditions.state(status, "Ready") == "True":
            return None
        if self._stack.stopped_condition and annotations_of(isvc).get(STOP, "").lower() == "true":
            self._stop(isvc)
            return None
        return self._bring_about(isvc)

    def _bring_about(self, isvc: Obj) -> float | None:
        key, before = key_of(isvc), copy_of(isvc["status"])
        if self._stack.reports_mode:
            isvc_conditions.initialize(isvc["status"])
            isvc["status"]["deploymentMode"] = self._stack.mode
        try:
            again = self._predictor(isvc)
        except ComponentError as error:
            self._events.record(isvc, "Warning", "InternalError", str(error))
            self._write(isvc, before)
            self._failures[key] += 1
            return min(FIRST_RETRY * 2.0 ** min(self._failures[key], 10), LAST_RETRY)
        self._failures.pop(key, None)
        if again is not None:
            return again
        if self._stack.stopped_condition:
            isvc_conditions.mark(isvc["status"], "Stopped", "False")
        if self._stack.summary_conditions:
            isvc_status.summarise(isvc["status"])
        again = self._ingress.reconcile(isvc)
        self._write(isvc, before)
        return again

    def _predictor(self, isvc: Obj) -> float | None:
        """Raises ComponentError."""
        try:
            service = self._knative_service(isvc, self._desired(isvc))
        except ApiError as error:
            text = f"fails to reconcile predictor: fails to reconcile knative service: {error.message}"
            if self._stack.watches_pods:
                conditions = isvc["status"]
                isvc_conditions.mark(conditions, "PredictorReady", "False", reason="ReconcileFailed", message=text)
            raise ComponentError(text) from error
        service_status = service.get("status") or {}
        isvc_status.propagate(isvc["status"], service_status)
        revision = isvc["status"]["components"]["predictor"].get("latestCreatedRevision")
        pods = self._store.list(
            PODS,
            isvc["metadata"]["namespace"],
            where=lambda pod: revision is not None and labels_of(pod).get(names.REVISION) == revision,
        )
        return isvc_model_status.propagate(isvc["status"], pods, service_status, self._stack)

    def _desired(self, isvc: Obj) -> Obj:
        predictor, namespace = isvc["spec"]["predictor"], isvc["metadata"]["namespace"]
        model = predictor.get("model")
        uri = (model or {}).get("storageUri")
        if uri is not None and not is_supported_uri(uri, NEWER_SCHEMES):
            raise ComponentError(f"StorageURI not supported: {unsupported_uri(uri, NEWER_SCHEMES)}")
        runtime = None
        try:
            if model is not None:
                runtime = serving_runtimes.choose(self._store, namespace, model, self._stack)
                if self._stack.reports_mode:
                    _name_runtime(isvc["status"], runtime)
            pod_spec = isvc_pod_spec.build(isvc, runtime, self._stack)
        except serving_runtimes.InvalidSpecError as error:
            isvc_model_status.invalid_spec(isvc["status"], error.reason, error.message)
            raise ComponentError(str(error)) from error
        least = predictor.get("minReplicas")
        if least == 0 and self._fires("zero-never", isvc):  # F048
            least = None
        return isvc_ksvc.build(isvc, runtime, pod_spec, store=self._store, stack=self._stack, least_replicas=least)

    def _knative_service(self, isvc: Obj, desired: Obj) -> Obj:
        """Created, or changed when Knative's defaults leave a difference. Raises ApiError."""
        meta = desired["metadata"]
        found = self._store.find(KNATIVE_SERVICES, meta["namespace"], meta["name"])
        if found is None:
            return self._store.create(KNATIVE_SERVICES, desired)
        if is_terminating(found):
            return found
        fresh = copy_of(found)
        fresh["spec"] = desired["spec"]
        fresh["metadata"]["labels"] = meta["labels"]
        annotations = {**annotations_of(found), **meta["annotations"]}
        if isvc_ksvc.ROLLOUT_DURATION not in meta["annotations"]:
            annotations.pop(isvc_ksvc.ROLLOUT_DURATION, None)
        fresh["metadata"]["annotations"] = annotations
        changed = self._store.update(KNATIVE_SERVICES, fresh, dry_run=True)
        if changed["spec"] == found["spec"] and changed["metadata"].get("labels") == found["metadata"].get("labels"):
            return found
        if self._fires("update-ignored", isvc):  # F009
            return found
        return self._store.update(KNATIVE_SERVICES, fresh)

    def _fires(self, knob: str, isvc: Obj) -> bool:
        """One occasion is one generation of one service, however often it is reconciled."""
        meta = isvc["metadata"]
        asked = (knob, str(meta["uid"]))
        generation, fires = self._decided.get(asked, (0, False))
        if generation != meta["generation"]:
            fires = self._faults.fires(knob, meta["namespace"])
            self._decided[asked] = (meta["generation"], fires)
        return fires

    def _stop(self, isvc: Obj) -> None:
        name, namespace = isvc_ksvc.name_of(isvc, self._stack), isvc["metadata"]["namespace"]
        service = self._store.find(KNATIVE_SERVICES, namespace, name)
        if service is not None and not is_terminating(service):
            self._store.delete(KNATIVE_SERVICES, namespace, name)
        self._ingress.remove(isvc)
        before = isvc["status"]
        isvc["status"] = isvc_status.stopped(before, self._stack)
        self._write(isvc, before)

    def _release(self, isvc: Obj) -> None:
        """Children go by their owner references; there is nothing else to clean up."""
        finalizers = isvc["metadata"].get("finalizers") or []
        if FINALIZER in finalizers:
            finalizers.remove(FINALIZER)
            self._store.update(INFERENCE_SERVICES, isvc)
        for asked in [each for each in self._decided if each[1] == isvc["metadata"]["uid"]]:
            del self._decided[asked]

    def _write(self, isvc: Obj, before: Obj) -> None:
        status: dict[str, Any] = isvc["status"]
        isvc_conditions.keep_times(status, before)
        if status == before:
            return
        write_status(self._store, INFERENCE_SERVICES, isvc)
        was, now = (isvc_conditions.state(each, "Ready") for each in (before, status))
        name = isvc["metadata"]["name"]
        if was != "True" and now == "True":
            self._events.record(isvc, "Normal", "InferenceServiceReady", f"InferenceService [{name}] is Ready")
        elif was == "True" and (now == "False" or (now == "Unknown" and not self._stack.summary_conditions)):
            self._not_ready(isvc)

    def _not_ready(self, isvc: Obj) -> None:
        text = f"InferenceService [{isvc['metadata']['name']}] is no longer Ready"
        if self._stack.summary_conditions:
            causes = [each["type"] for each in isvc["status"]["conditions"] if each["status"] == "False"]
            text += f" because of: {', '.join(causes)}"
        self._events.record(isvc, "Warning", "InferenceServiceNotReady", text)


def _name_runtime(status: Obj, runtime: serving_runtimes.Runtime) -> None:
    mine, other = "clusterServingRuntimeName", "servingRuntimeName"
    if not runtime.cluster:
        mine, other = other, mine
    status[mine] = runtime.name
    status.pop(other, None)
