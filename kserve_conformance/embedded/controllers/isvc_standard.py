"""A component as a Deployment (kserve reconcilers/raw/raw_kube_reconciler.go; its status: inference_service_status.go,
PropagateRawStatus)."""

from __future__ import annotations

from collections.abc import Callable

from kserve_conformance.embedded.apiserver.resources import DEPLOYMENTS, HORIZONTAL_POD_AUTOSCALERS, PODS, SERVICES
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.controllers import components, isvc_conditions, modes, standard_objects
from kserve_conformance.embedded.controllers.components import Component, ComponentError, Deployed, Workload
from kserve_conformance.embedded.controllers.occasions import Occasions
from kserve_conformance.embedded.controllers.runtime import ensure
from kserve_conformance.embedded.controllers.standard_hosts import public_host
from kserve_conformance.embedded.errors import ApiError
from kserve_conformance.embedded.objects import Obj, annotations_of, condition, is_terminating, owner_reference
from kserve_conformance.embedded.stacks import Stack

REVISION = "deployment.kubernetes.io/revision"


class StandardDeployment:
    """Implements `components.Deployment`."""

    def __init__(self, store: Store, stack: Stack, occasions: Occasions) -> None:
        self._store = store
        self._stack = stack
        self._occasions = occasions

    def deploy(self, isvc: Obj, workload: Workload) -> Deployed:
        """Raises ComponentError."""
        if standard_objects.autoscaler_class(workload) == "keda":
            raise ComponentError("the embedded platform does not offer the autoscaler KEDA yet")
        try:
            deployment = bring_about(
                isvc, workload, self._store, self._stack, fires=lambda knob: self._occasions.fires(knob, isvc)
            )
        except ApiError as error:
            raise ComponentError(error.message) from error
        entry = isvc["status"].setdefault("components", {}).setdefault(workload.component.name, {})
        ready = self._ready(deployment)
        if ready and self._occasions.fires("standard-ready-unasked", isvc):  # F380
            ready = {**ready, "status": "True"}
        if ready.get("status") == "True":
            entry["url"] = f"http://{public_host(workload.name, isvc, self._store)}"
        if not self._stack.reports_mode and REVISION in annotations_of(deployment):
            entry["latestCreatedRevision"] = annotations_of(deployment)[REVISION]
        isvc_conditions.copy_to(isvc["status"], workload.component.ready, ready or None)
        observed = (deployment.get("status") or {}).get("observedGeneration")
        if observed:
            isvc["status"]["observedGeneration"] = observed
        namespace, wanted = isvc["metadata"]["namespace"], standard_objects.selector(workload)
        pods = self._store.list(PODS, namespace, where=lambda pod: wanted.items() <= _labels(pod).items())
        return Deployed(pods, failed=False, revisions=False)

    def remove(self, isvc: Obj, component: Component) -> None:
        if self._occasions.fires("standard-stop-ignored", isvc):  # F226
            return
        name, namespace = components.name_of(isvc, component, self._stack), isvc["metadata"]["namespace"]
        for resource in (HORIZONTAL_POD_AUTOSCALERS, DEPLOYMENTS, SERVICES):
            found = self._store.find(resource, namespace, name)
            if found is not None and not is_terminating(found):
                self._store.delete(resource, namespace, name)

    def _ready(self, deployment: Obj) -> Obj:
        """Older versions look at Available alone."""
        available, progressing = (condition(deployment, kind) for kind in ("Available", "Progressing"))
        failure = condition(deployment, "ReplicaFailure")
        if not self._stack.reports_mode:
            return available or {}
        if failure is not None and failure["status"] == "True":
            return {**failure, "status": "False"}
        if available is not None and available["status"] == "False":
            return available
        if progressing is not None and progressing["status"] == "False" and progressing.get("message"):
            return progressing
        if progressing is not None and progressing["status"] == "True":
            if progressing.get("reason") == "NewReplicaSetAvailable":
                return progressing
            if available is None:
                return {**progressing, "status": "Unknown"}
        return available or {"status": "False"}


def bring_about(
    owner: Obj, workload: Workload, store: Store, stack: Stack, *, fires: Callable[[str], bool] = lambda _: False
) -> Obj:
    """The Deployment, as it is now. `fires` says of a seeded defect whether it shows. Raises ApiError."""
    meta = standard_objects.metadata(workload, owner, owner_reference(owner))
    ensure(store, SERVICES, standard_objects.service(workload, meta, stack, modes.config(store, "service")))
    desired = standard_objects.deployment(workload, meta, modes.config(store, "deploy"))
    if fires("standard-probe-missing"):  # F382
        for each in desired["spec"]["template"]["spec"]["containers"]:
            each.pop("readinessProbe", None)
    found = store.find(DEPLOYMENTS, meta["namespace"], meta["name"])
    if found is not None and "replicas" not in desired["spec"]:
        scaled = found["spec"].get("replicas", 1)
        desired["spec"]["replicas"] = 1 if fires("standard-replicas-reset") else scaled  # F223
    if workload.spec.get("minReplicas") == 0 and fires("standard-zero-taken"):  # F224
        desired["spec"]["replicas"] = 0
    deployment = found
    if deployment is None or not fires("standard-update-ignored"):  # F227
        deployment = ensure(store, DEPLOYMENTS, desired)
    if standard_objects.autoscaler_class(workload) == "hpa":
        scaler = standard_objects.autoscaler(workload, meta, stack)
        if fires("standard-bounds-lost"):  # F222
            scaler["spec"]["maxReplicas"] = scaler["spec"]["minReplicas"]
        ensure(store, HORIZONTAL_POD_AUTOSCALERS, scaler)
    elif store.find(HORIZONTAL_POD_AUTOSCALERS, meta["namespace"], meta["name"]) is not None:
        store.delete(HORIZONTAL_POD_AUTOSCALERS, meta["namespace"], meta["name"])
    return deployment


def _labels(pod: Obj) -> dict[str, str]:
    labels: dict[str, str] = pod["metadata"].get("labels") or {}
    return labels
