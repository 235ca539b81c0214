"""A component as a Knative Service (kserve reconcilers/knative/ksvc_reconciler.go)."""

from __future__ import annotations

from kserve_conformance.embedded.apiserver.resources import CONFIG_MAPS, KNATIVE_SERVICES, PODS, REVISIONS
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.controllers import components, isvc_status, names
from kserve_conformance.embedded.controllers.components import (
    AUTOSCALING,
    PREDICTOR,
    Component,
    ComponentError,
    Deployed,
    Workload,
)
from kserve_conformance.embedded.controllers.occasions import Occasions
from kserve_conformance.embedded.errors import ApiError
from kserve_conformance.embedded.objects import (
    Obj,
    annotations_of,
    copy_of,
    is_terminating,
    is_true,
    labels_of,
    owner_reference,
)
from kserve_conformance.embedded.stacks import Stack

ROLLOUT_DURATION = "serving.knative.dev/rollout-duration"
PROGRESS_DEADLINE = "serving.knative.dev/progress-deadline"
LEAK = 50  # percent
TAG_ROUTING = "serving.kserve.io/enable-tag-routing"


class KnativeDeployment:
    """Implements `components.Deployment`."""

    def __init__(self, store: Store, stack: Stack, occasions: Occasions) -> None:
        self._store = store
        self._stack = stack
        self._occasions = occasions
        self._answered: set[tuple[str, int]] = set()  # generations; what is not theirs is somebody else's

    def deploy(self, isvc: Obj, workload: Workload) -> Deployed:
        """Raises ComponentError."""
        try:
            service = self._bring_about(isvc, self._desired(isvc, workload))
        except ApiError as error:
            raise ComponentError(f"fails to reconcile knative service: {error.message}") from error
        status = service.get("status") or {}
        stale = isvc["metadata"]["generation"] > 1 and self._occasions.fires("stale-observed-generation", isvc)
        if not stale:  # F004
            isvc_status.propagate(isvc["status"], workload.component, status)
        if is_true(service, "Ready") and self._occasions.fires("owner-lost", isvc):  # F231
            service["metadata"]["ownerReferences"] = []
            self._store.update(KNATIVE_SERVICES, service)
        revision = components.status_of(isvc, workload.component).get("latestCreatedRevision")
        pods = self._store.list(
            PODS,
            isvc["metadata"]["namespace"],
            where=lambda pod: revision is not None and labels_of(pod).get(names.REVISION) == revision,
        )
        return Deployed(pods, failed=any(each["status"] == "False" for each in status.get("conditions") or ()))

    def remove(self, isvc: Obj, component: Component) -> None:
        name, namespace = components.name_of(isvc, component, self._stack), isvc["metadata"]["namespace"]
        service = self._store.find(KNATIVE_SERVICES, namespace, name)
        if service is not None and not is_terminating(service):
            self._store.delete(KNATIVE_SERVICES, namespace, name)

    def _bring_about(self, isvc: Obj, desired: Obj) -> Obj:
        """Created, or changed when Knative's defaults leave a difference. Raises ApiError."""
        meta = desired["metadata"]
        found = self._store.find(KNATIVE_SERVICES, meta["namespace"], meta["name"])
        if found is None:
            known = isvc["status"].get("url") is not None
            if known and self._occasions.fires("knative-service-not-restored", isvc):  # F340
                return desired
            self._answered.add((isvc["metadata"]["uid"], isvc["metadata"]["generation"]))
            return self._store.create(KNATIVE_SERVICES, desired)
        if is_terminating(found) or self._is_stuck(isvc, found):
            return found
        fresh = copy_of(found)
        fresh["spec"] = desired["spec"]
        fresh["metadata"]["labels"] = meta["labels"]
        annotations = {**annotations_of(found), **meta["annotations"]}
        if ROLLOUT_DURATION not in meta["annotations"]:
            annotations.pop(ROLLOUT_DURATION, None)
        fresh["metadata"]["annotations"] = annotations
        changed = self._store.update(KNATIVE_SERVICES, fresh, dry_run=True)
        if changed["spec"] == found["spec"] and changed["metadata"].get("labels") == found["metadata"].get("labels"):
            return found
        if self._occasions.fires("update-ignored", isvc):  # F009
            return found
        asked = isvc["metadata"]["uid"], isvc["metadata"]["generation"]
        if asked in self._answered and self._occasions.fires("drift-kept", isvc):  # F356
            return found
        self._answered.add(asked)
        return self._store.update(KNATIVE_SERVICES, fresh)

    def _desired(self, isvc: Obj, workload: Workload) -> Obj:
        spec, annotations = workload.spec, dict(workload.annotations)
        invalid = self._stack.reports_mode and not _valid_initial_scale(annotations, self._store)
        if invalid and not self._occasions.fires("bad-initial-scale-passed-on", isvc):  # F371
            del annotations[f"{AUTOSCALING}initial-scale"]
        annotations.update(_autoscaling(self._bounds_and_metric(isvc, spec), annotations))
        if f"{AUTOSCALING}initial-scale" in annotations and self._occasions.fires("initial-scale-lost", isvc):  # F152
            del annotations[f"{AUTOSCALING}initial-scale"]
        if PROGRESS_DEADLINE in annotations and self._occasions.fires("progress-deadline-lost", isvc):  # F287
            del annotations[PROGRESS_DEADLINE]
        of_service = dict(workload.labels)
        if self._occasions.fires("service-unlabelled", isvc):  # F280
            del of_service["serving.kserve.io/inferenceservice"]
        own = {name: annotations.pop(name) for name in (ROLLOUT_DURATION,) if name in annotations}
        pod_spec = dict(workload.pod_spec)
        if spec.get("containerConcurrency") is not None:
            pod_spec["containerConcurrency"] = spec["containerConcurrency"]
        if spec.get("timeout") is not None and not self._occasions.fires("timeout-lost", isvc):  # F245
            pod_spec["timeoutSeconds"] = spec["timeout"]
            if self._stack.runtime_priority:
                pod_spec["responseStartTimeoutSeconds"] = spec["timeout"]
        rolled_out = components.status_of(isvc, workload.component).get("latestRolledoutRevision")
        percent = self._percent(isvc, self._canary(isvc, workload), rolled_out)
        if percent is not None and self._occasions.fires("second-canary-leaks", isvc):  # F069
            rolled_out = self._newest_but_one(isvc["metadata"]["namespace"], workload.name) or rolled_out
        return {
            "metadata": {
                "name": workload.name,
                "namespace": isvc["metadata"]["namespace"],
                "labels": of_service,
                "annotations": own,
                "ownerReferences": [owner_reference(isvc)],
            },
            "spec": {
                "template": {
                    "metadata": {
                        "labels": self._template_labels(isvc, workload),
                        "annotations": annotations,
                    },
                    "spec": pod_spec,
                },
                "traffic": _traffic(percent, rolled_out, tagged=annotations.get(TAG_ROUTING) == "true"),
            },
        }

    def _template_labels(self, isvc: Obj, workload: Workload) -> dict[str, str]:
        """Visibility is a matter of the Route; on a revision template Knative refuses it."""
        own = ("serving.kserve.io/", "component") if self._occasions.fires("labels-lost", isvc) else ""  # F250
        passed = {name: text for name, text in workload.labels.items() if name.startswith(own)}
        passed.pop(names.VISIBILITY, None)
        return passed

    def _is_stuck(self, isvc: Obj, service: Obj) -> bool:
        """F174: a revision that does not become ready is waited for."""
        status = service.get("status") or {}
        newest_is_ready = status.get("latestCreatedRevisionName") == status.get("latestReadyRevisionName")
        return not newest_is_ready and self._occasions.fires("stuck-after-failure", isvc)

    def _canary(self, isvc: Obj, workload: Workload) -> int | None:
        """The share that was asked for, of this component."""
        predictors: int | None = isvc["spec"][PREDICTOR.name].get("canaryTrafficPercent")
        other = workload.component is not PREDICTOR and predictors is not None
        if other and self._occasions.fires("canary-of-every-part", isvc):  # F350
            return predictors
        own: int | None = workload.spec.get("canaryTrafficPercent")
        return own

    def _percent(self, isvc: Obj, percent: int | None, rolled_out: str | None) -> int | None:
        """The canary's share; none while there is nothing to share with."""
        if percent is not None and not rolled_out and self._occasions.fires("first-revision-shares", isvc):  # F177
            return percent
        if percent is None or not rolled_out:
            return None
        if percent == 0 and self._occasions.fires("zero-share-is-unset", isvc):  # F136
            return None
        if percent == 0 and self._occasions.fires("zero-share-leaks", isvc):  # F176
            return LEAK
        if percent > 100 and self._occasions.fires("share-is-clipped", isvc):  # F137
            return 100
        return None if self._occasions.fires("canary-all-or-nothing", isvc) else percent  # F066

    def _bounds_and_metric(self, isvc: Obj, spec: Obj) -> Obj:
        """What is said of scaling: where it gets lost is here."""
        predictor: Obj = isvc["spec"][PREDICTOR.name]
        if spec is not predictor and self._occasions.fires("minimum-of-every-part", isvc):  # F393
            spec = {**spec, "minReplicas": predictor.get("minReplicas")}
        said, least = dict(spec), spec.get("minReplicas")
        updated = isvc["metadata"]["generation"] > 1
        if least == 0 and self._occasions.fires("zero-never", isvc):  # F048
            said["minReplicas"] = None
        if least is None and self._occasions.fires("default-minimum-lost", isvc):  # F151
            said["minReplicas"] = 0
        if least and updated and self._occasions.fires("min-ignored", isvc):  # F061
            said["minReplicas"] = None
        if spec.get("maxReplicas") and self._occasions.fires("max-ignored", isvc):  # F060
            del said["maxReplicas"]
        if spec.get("scaleMetric") and self._occasions.fires("scale-metric-lost", isvc):  # F153
            del said["scaleMetric"]
        return said

    def _newest_but_one(self, namespace: str, service: str) -> str | None:
        def number(revision: Obj) -> int:
            return int(labels_of(revision)[names.CONFIGURATION_GENERATION])

        def mine(revision: Obj) -> bool:
            return labels_of(revision).get(names.CONFIGURATION) == service

        found = sorted(self._store.look(REVISIONS, namespace, where=mine), key=number)
        return str(found[-2]["metadata"]["name"]) if len(found) > 1 else None


def _traffic(percent: int | None, rolled_out: str | None, *, tagged: bool) -> list[Obj]:
    """All to the latest revision, or the split between it and the last one that was rolled out in full."""
    latest: Obj = {"latestRevision": True, "percent": 100 if percent is None else percent}
    if tagged:
        latest["tag"] = "latest"
    if percent is None or percent >= 100:
        return [latest]
    previous = {"revisionName": rolled_out, "latestRevision": False, "percent": 100 - percent, "tag": "prev"}
    return [latest, previous]


def _valid_initial_scale(annotations: dict[str, str], store: Store) -> bool:
    """What Knative would refuse is dropped instead (0.16; pkg/controller/v1alpha1/utils)."""
    text = annotations.get(f"{AUTOSCALING}initial-scale", "1")
    if not text.lstrip("-").isdigit():
        return False
    config = store.find(CONFIG_MAPS, names.SYSTEM, "config-autoscaler") or {}
    return int(text) != 0 or (config.get("data") or {}).get("allow-zero-initial-scale") == "true"


def _autoscaling(spec: Obj, annotations: dict[str, str]) -> dict[str, str]:
    least = spec.get("minReplicas")
    scaling = {f"{AUTOSCALING}min-scale": str(1 if least is None else least)}
    if f"{AUTOSCALING}class" not in annotations:
        scaling[f"{AUTOSCALING}class"] = "kpa.autoscaling.knative.dev"
    if spec.get("scaleTarget") is not None:
        scaling[f"{AUTOSCALING}target"] = str(spec["scaleTarget"])
    if spec.get("scaleMetric") is not None:
        scaling[f"{AUTOSCALING}metric"] = spec["scaleMetric"]
    if spec.get("maxReplicas"):
        scaling[f"{AUTOSCALING}max-scale"] = str(spec["maxReplicas"])
    return scaling
