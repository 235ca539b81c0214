"""Revision to Deployment and PodAutoscaler, and what their state says about it (serving pkg/reconciler/revision)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kserve_conformance.embedded.apiserver.resources import (
    CONFIG_MAPS,
    DEPLOYMENTS,
    POD_AUTOSCALERS,
    PODS,
    REVISIONS,
    Resource,
)
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.controllers import knative_config, names
from kserve_conformance.embedded.controllers.conditions import ready_from
from kserve_conformance.embedded.controllers.revision_deployment import (
    AUTOSCALING,
    child_annotations,
    child_labels,
    deployment,
    initial_scale,
    without_names,
)
from kserve_conformance.embedded.controllers.runtime import Mapper, ensure, write_status
from kserve_conformance.embedded.controllers.workloads import itself, owner_of_kind
from kserve_conformance.embedded.events import Recorder
from kserve_conformance.embedded.faults import Faults
from kserve_conformance.embedded.objects import (
    Key,
    Obj,
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

SKIPPED_REGISTRIES = "kind.local,ko.local,dev.local"  # config-deployment registries-skipping-tag-resolving


class RevisionReconciler:
    """`pullable` says whether an image is in the registry."""

    def __init__(self, store: Store, stack: Stack, faults: Faults, pullable: Callable[[str], bool]) -> None:
        self._store = store
        self._faults = faults
        self._stack = stack
        self._pullable = pullable
        self._events = Recorder(store, "revision-controller")

    @property
    def sources(self) -> Mapping[Resource, Mapper]:
        own = owner_of_kind("Revision")
        return {
            REVISIONS: itself,
            DEPLOYMENTS: own,
            POD_AUTOSCALERS: own,
            PODS: _of_revision,
            CONFIG_MAPS: self._every_revision,
        }

    def reconcile(self, key: Key) -> float | None:
        revision = self._store.find(REVISIONS, key.namespace, key.name)
        if revision is None or is_terminating(revision):
            return None
        was_ready = is_true(revision, "Ready")
        status = revision.setdefault("status", {})
        conditions = status.setdefault("conditions", [])
        for kind in ("ResourcesAvailable", "ContainerHealthy"):
            if condition(revision, kind) is None:
                set_condition(conditions, kind, "Unknown")
        missing = self._missing_image(revision)
        if missing is not None:
            message = f'Unable to fetch image "{missing}": failed to resolve image to digest: 404 Not Found'
            set_condition(conditions, "ContainerHealthy", "False", reason="ContainerMissing", message=message)
        else:
            status["containerStatuses"] = [
                {"name": each.get("name", "user-container")} for each in revision["spec"]["containers"]
            ]
            self._reconcile(revision)
        ready_from(conditions, "ResourcesAvailable", "ContainerHealthy")
        status["observedGeneration"] = revision["metadata"]["generation"]
        write_status(self._store, REVISIONS, revision)
        if not was_ready and is_true(revision, "Ready"):
            message = "Revision becomes ready upon all resources being ready"
            self._events.record(revision, "Normal", "RevisionReady", message)
        return None

    def _every_revision(self, config_map: Obj) -> list[Key]:
        if key_of(config_map) != Key(names.SYSTEM, "config-deployment"):
            return []
        return [key_of(each) for each in self._store.look(REVISIONS)]

    def _missing_image(self, revision: Obj) -> str | None:
        """A tag is looked up in its registry once, before anything is made of the revision."""
        if "containerStatuses" in revision["status"]:
            return None
        settings = knative_config.read(self._store, "config-deployment")
        skipped = settings.get("registries-skipping-tag-resolving", SKIPPED_REGISTRIES).split(",")
        for container in revision["spec"]["containers"]:
            image = str(container.get("image", ""))
            if image.partition("/")[0] in skipped or self._pullable(image):
                continue
            if not self._faults.fires("missing-image-untold", revision["metadata"]["namespace"]):  # F251
                return image
        return None

    def _reconcile(self, revision: Obj) -> None:
        conditions = revision["status"]["conditions"]
        made = self._deployment(revision)
        if made is None:
            return
        self._report_deployment(revision, made)
        name = revision["metadata"]["name"]
        found = self._store.find(POD_AUTOSCALERS, revision["metadata"]["namespace"], name)
        if found is not None and not controlled_by(found, revision):
            _not_owned(conditions, "PodAutoscaler", name)
            return
        autoscaler = ensure(self._store, POD_AUTOSCALERS, self._autoscaler(revision, made), exact=True)
        self._report_autoscaler(revision, autoscaler)

    def _deployment(self, revision: Obj) -> Obj | None:
        """As it is to be, whoever has changed it; how many replicas it has is the autoscaler's."""
        settings = knative_config.read(self._store, "config-deployment")
        autoscaling = knative_config.read(self._store, "config-autoscaler")
        desired = deployment(
            revision, stack=self._stack, settings=settings, replicas=initial_scale(revision, autoscaling)
        )
        if self._faults.fires("container-variables-lost", revision["metadata"]["namespace"]):  # F335
            desired = without_names(desired)
        meta, conditions = desired["metadata"], revision["status"]["conditions"]
        found = self._store.find(DEPLOYMENTS, meta["namespace"], meta["name"])
        if found is None:
            for kind in ("ResourcesAvailable", "ContainerHealthy"):
                set_condition(conditions, kind, "Unknown", reason="Deploying")
        elif not controlled_by(found, revision):
            _not_owned(conditions, "Deployment", meta["name"])
            return None
        else:
            desired["spec"]["replicas"] = found["spec"].get("replicas", 1)
        return ensure(self._store, DEPLOYMENTS, desired)

    def _report_deployment(self, revision: Obj, made: Obj) -> None:
        conditions, status = revision["status"]["conditions"], made.get("status") or {}
        progressing = condition(made, "Progressing") or {"status": "Unknown", "reason": "Deploying"}
        failing = condition(made, "ReplicaFailure") or {"status": "False"}
        if failing["status"] == "True":
            _copied(conditions, "ResourcesAvailable", {**failing, "status": "False"})
        elif progressing["status"] == "True":
            set_condition(conditions, "ResourcesAvailable", "True")
        else:
            _copied(conditions, "ResourcesAvailable", progressing)
        if made["spec"].get("replicas", 1) > 0 and not status.get("availableReplicas"):
            timed_out = (progressing["status"], progressing.get("reason")) == ("False", "ProgressDeadlineExceeded")
            self._report_failing_containers(revision, timed_out=timed_out)
        if status.get("readyReplicas"):
            set_condition(conditions, "ContainerHealthy", "True")

    def _report_failing_containers(self, revision: Obj, *, timed_out: bool) -> None:
        """Of any one pod: all of them are the same."""
        conditions, meta = revision["status"]["conditions"], revision["metadata"]
        pods = self._store.look(
            PODS, meta["namespace"], where=lambda pod: labels_of(pod).get(names.REVISION_UID) == meta["uid"]
        )
        placed = condition(pods[0], "PodScheduled") if pods else None
        if placed is not None and placed["status"] == "False":
            if not self._faults.fires("unschedulable-untold", meta["namespace"]):  # F365
                _copied(conditions, "ResourcesAvailable", placed)
            return
        for each in ((pods[0].get("status") or {}).get("containerStatuses") or ()) if pods else ():
            if each["name"] == "queue-proxy":
                continue
            ended = (each.get("lastState") or {}).get("terminated")
            waiting = (each.get("state") or {}).get("waiting")
            if ended is not None:
                said = ended.get("message", "") or ("" if ended["exitCode"] else "container exited with no error")
                reason, message = f"ExitCode{ended['exitCode']}", f"Container failed with: {said}"
                set_condition(conditions, "ContainerHealthy", "False", reason=reason, message=message)
                return
            if waiting is not None and timed_out:
                _copied(conditions, "ResourcesAvailable", {**waiting, "status": "False"})
                return

    def _report_autoscaler(self, revision: Obj, autoscaler: Obj) -> None:
        """PropagateAutoscalerStatus (pkg/apis/serving/v1/revision_lifecycle.go)."""
        status, conditions = revision["status"], revision["status"]["conditions"]
        scale = autoscaler.get("status") or {}
        for field, source in (("actualReplicas", "actualScale"), ("desiredReplicas", "desiredScale")):
            status.pop(field, None)
            if scale.get(source, -1) >= 0:
                status[field] = scale[source]
        broken = _broken(revision)
        ready = condition(autoscaler, "Ready")
        if ready is None:
            set_condition(conditions, "Active", "Unknown", reason="Deploying", severity="Info")
            if not broken:
                set_condition(conditions, "ResourcesAvailable", "Unknown", reason="Deploying")
            return
        initialized = is_true(autoscaler, "ScaleTargetInitialized")
        if initialized and not broken:
            set_condition(conditions, "ResourcesAvailable", "True")
            set_condition(conditions, "ContainerHealthy", "True")
        if is_true(revision, "ResourcesAvailable") and not (initialized and scale.get("serviceName")):
            set_condition(conditions, "ResourcesAvailable", "Unknown", reason="Deploying")
        if ready["status"] == "False" and not initialized and not broken and scale.get("serviceName"):
            message = "Initial scale was never achieved"
            set_condition(conditions, "ResourcesAvailable", "False", reason="ProgressDeadlineExceeded", message=message)
        idle = ready.get("reason") == "NoTraffic" and initialized
        if idle and self._faults.fires("idle-not-ready", revision["metadata"]["namespace"]):  # F284
            _copied(conditions, "ContainerHealthy", ready)
        _copied(conditions, "Active", ready if ready["status"] != "True" else {"status": "True"}, severity="Info")

    def _autoscaler(self, revision: Obj, made: Obj) -> Obj:
        meta, reachability = revision["metadata"], _reachability(revision, made)
        if reachability == "Unreachable" and self._faults.fires("old-revision-never-torn-down", meta["namespace"]):
            reachability = "Reachable"  # F072
        return {
            "metadata": {
                "name": meta["name"],
                "namespace": meta["namespace"],
                "labels": child_labels(revision),
                "annotations": {
                    AUTOSCALING + "class": "kpa.autoscaling.knative.dev",
                    AUTOSCALING + "metric": "concurrency",
                    **child_annotations(revision),
                },
                "ownerReferences": [owner_reference(revision)],
            },
            "spec": {
                "containerConcurrency": revision["spec"].get("containerConcurrency", 0),
                "protocolType": names.protocol(revision["spec"]),
                "reachability": reachability,
                "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": made["metadata"]["name"]},
            },
        }


def _of_revision(obj: Obj) -> list[Key]:
    name = labels_of(obj).get(names.REVISION)
    return [Key(obj["metadata"]["namespace"], name)] if name else []


def _copied(conditions: list[Obj], kind: str, source: Obj, *, severity: str = "") -> None:
    why = {"reason": source.get("reason", ""), "message": source.get("message", "")}
    set_condition(conditions, kind, source["status"], severity=severity, **why)


def _not_owned(conditions: list[Obj], kind: str, name: str) -> None:
    message = f'There is an existing {kind} "{name}" that we do not own.'
    set_condition(conditions, "ResourcesAvailable", "False", reason="NotOwned", message=message)


def _broken(revision: Obj) -> bool:
    return any(
        (condition(revision, kind) or {}).get("status") == "False"
        for kind in ("ResourcesAvailable", "ContainerHealthy")
    )


def _reachability(revision: Obj, made: Obj) -> str:
    """A failed revision counts as unreachable, its minimum scale keeps no broken pods (resources/pa.go)."""
    if _broken(revision) and made["spec"].get("replicas", 1) and not (made.get("status") or {}).get("readyReplicas"):
        return "Unreachable"
    return {"active": "Reachable", "reserve": "Unreachable"}.get(labels_of(revision).get(names.ROUTING_STATE, ""), "")
