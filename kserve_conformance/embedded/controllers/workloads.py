"""Deployments, ReplicaSets and the scheduler, as kube-controller-manager and kube-scheduler do them."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping

import orjson

from kserve_conformance.embedded.apiserver.resources import DEPLOYMENTS, PODS, REPLICA_SETS, Resource
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.controllers import deployment_revisions
from kserve_conformance.embedded.controllers.runtime import Mapper, write_status
from kserve_conformance.embedded.errors import ApiError
from kserve_conformance.embedded.events import Recorder
from kserve_conformance.embedded.faults import Faults
from kserve_conformance.embedded.objects import (
    Key,
    Obj,
    annotations_of,
    controller_of,
    copy_of,
    is_ready_pod,
    is_terminating,
    key_of,
    labels_of,
    live,
    now,
    owner_reference,
    set_condition,
)

HASH = "pod-template-hash"
PAUSED = "DeploymentPaused"
NODE = "embedded-node"


def owned_by(store: Store, resource: Resource, kind: str, key: Key) -> list[Obj]:
    def is_mine(each: Obj) -> bool:
        owners = each["metadata"].get("ownerReferences") or ()
        return any(owner["name"] == key.name and owner["kind"] == kind and owner.get("controller") for owner in owners)

    return store.list(resource, key.namespace, where=is_mine)


def owner_of_kind(kind: str) -> Mapper:
    """Maps a child to the key of its controller of that kind."""

    def mapper(obj: Obj) -> list[Key]:
        owner = controller_of(obj, kind)
        return [owner] if owner else []

    return mapper


def itself(obj: Obj) -> list[Key]:
    return [key_of(obj)]


class DeploymentReconciler:
    """Rolling updates within the strategy's bounds, or all old pods first with Recreate."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._events = Recorder(store, "deployment-controller")

    @property
    def sources(self) -> Mapping[Resource, Mapper]:
        return {DEPLOYMENTS: itself, REPLICA_SETS: owner_of_kind("Deployment")}

    def reconcile(self, key: Key) -> float | None:
        deployment = self._store.find(DEPLOYMENTS, key.namespace, key.name)
        if deployment is None or is_terminating(deployment):
            return None
        every = live(owned_by(self._store, REPLICA_SETS, "Deployment", key))
        digest = hashlib.sha256(orjson.dumps(deployment["spec"]["template"], option=orjson.OPT_SORT_KEYS)).hexdigest()
        paused = deployment["spec"].get("paused", False)
        current = next((each for each in every if labels_of(each).get(HASH) == digest[:10]), None)
        if current is None and not paused:
            current = self._created(deployment, every, digest[:10])
        old = [each for each in every if current is None or each["metadata"]["name"] != current["metadata"]["name"]]
        if current is not None:
            deployment = self._number(deployment, current, old)
        if paused:
            self._resize(deployment, current, old)
        else:
            assert current is not None
            self._roll(deployment, current, old)
            for each in deployment_revisions.surplus(deployment, old):
                self._store.delete(REPLICA_SETS, key.namespace, each["metadata"]["name"])
        return self._report(deployment, current)

    def _number(self, deployment: Obj, current: Obj, old: list[Obj]) -> Obj:
        """Writes the revision into the ReplicaSet and the Deployment; the latter as it is then."""
        if deployment_revisions.marked(current, deployment, old):
            current |= self._store.update(REPLICA_SETS, current)
        revision = str(deployment_revisions.number(current))
        if annotations_of(deployment).get(deployment_revisions.REVISION) == revision:
            return deployment
        annotations = {**annotations_of(deployment), deployment_revisions.REVISION: revision}
        deployment["metadata"]["annotations"] = annotations
        return self._store.update(DEPLOYMENTS, deployment)

    def _created(self, deployment: Obj, every: list[Obj], digest: str) -> Obj:
        template = copy_of(deployment["spec"]["template"])
        labels = {**(template.setdefault("metadata", {}).get("labels") or {}), HASH: digest}
        template["metadata"]["labels"] = labels
        meta = deployment["metadata"]
        replica_set: Obj = {
            "metadata": {
                "name": f"{meta['name']}-{digest}",
                "namespace": meta["namespace"],
                "labels": labels,
                "ownerReferences": [owner_reference(deployment)],
            },
            "spec": {
                "replicas": 0,
                "selector": {
                    "matchLabels": {**(deployment["spec"]["selector"].get("matchLabels") or {}), HASH: digest}
                },
                "template": template,
            },
        }
        deployment_revisions.marked(replica_set, deployment, every)
        return self._store.create(REPLICA_SETS, replica_set)

    def _resize(self, deployment: Obj, current: Obj | None, old: list[Obj]) -> None:
        """A paused Deployment's number of pods goes to the newest revision that has some."""
        every = [*old, *([current] if current else [])]
        active = [each for each in every if each["spec"]["replicas"]] or every
        if not active:
            return
        newest = max(active, key=deployment_revisions.number)
        others = sum(each["spec"]["replicas"] for each in active if each is not newest)
        self._scale(deployment, newest, max(0, deployment["spec"].get("replicas", 1) - others))

    def _roll(self, deployment: Obj, current: Obj, old: list[Obj]) -> None:
        wanted = deployment["spec"].get("replicas", 1)
        surge, unavailable = deployment_revisions.bounds(deployment)
        old_total = sum(each["spec"]["replicas"] for each in old)
        if (deployment["spec"].get("strategy") or {}).get("type") == "Recreate":
            for each in old:
                self._scale(deployment, each, 0)
            if not any((each.get("status") or {}).get("replicas") for each in old):
                self._scale(deployment, current, wanted)
            return
        self._scale(deployment, current, max(0, min(wanted, wanted + surge - old_total)) if old_total else wanted)
        ready = (current.get("status") or {}).get("readyReplicas", 0)
        ready += sum((each.get("status") or {}).get("readyReplicas", 0) for each in old)
        spare = ready - (wanted - unavailable)
        for each in old:
            have = each["spec"]["replicas"]
            unready = have - (each.get("status") or {}).get("readyReplicas", 0)
            removed = min(have, unready + max(0, spare))
            spare -= max(0, removed - unready)
            if removed:
                self._scale(deployment, each, have - removed)

    def _scale(self, deployment: Obj, replica_set: Obj, replicas: int) -> None:
        before = replica_set["spec"]["replicas"]
        if before == replicas:
            return
        replica_set["spec"]["replicas"] = replicas
        replica_set |= self._store.update(REPLICA_SETS, replica_set)
        direction = "up" if replicas > before else "down"
        name = replica_set["metadata"]["name"]
        message = f"Scaled {direction} replica set {name} from {before} to {replicas}"
        self._events.record(deployment, "Normal", "ScalingReplicaSet", message)

    def _report(self, deployment: Obj, current: Obj | None) -> float | None:
        key, wanted = key_of(deployment), deployment["spec"].get("replicas", 1)
        every = live(owned_by(self._store, REPLICA_SETS, "Deployment", key))
        total = sum((each.get("status") or {}).get("replicas", 0) for each in every)
        ready = sum((each.get("status") or {}).get("readyReplicas", 0) for each in every)
        updated = ((current or {}).get("status") or {}).get("replicas", 0)
        status = deployment.get("status") or {}
        conditions = status.get("conditions") or []
        if ready >= wanted - deployment_revisions.bounds(deployment)[1]:
            message = "Deployment has minimum availability."
            set_condition(conditions, "Available", "True", reason="MinimumReplicasAvailable", message=message)
        else:
            message = "Deployment does not have minimum availability."
            set_condition(conditions, "Available", "False", reason="MinimumReplicasUnavailable", message=message)
        fresh = {
            "observedGeneration": deployment["metadata"]["generation"],
            "replicas": total,
            "updatedReplicas": updated,
            "readyReplicas": ready,
            "availableReplicas": ready,
            "unavailableReplicas": max(0, wanted - ready),
            "conditions": conditions,
        }
        done = updated == wanted == total and ready == wanted
        again = None
        if deployment["spec"].get("paused") or current is None:
            _pause(conditions)
        else:
            again = _progress(deployment, current["metadata"]["name"], fresh, done=done)
        deployment["status"] = {name: value for name, value in fresh.items() if value != 0}
        write_status(self._store, DEPLOYMENTS, deployment)
        return again


def _pause(conditions: list[Obj]) -> None:
    found = next((each for each in conditions if each["type"] == "Progressing"), {})
    if found.get("reason") != PAUSED:
        set_condition(conditions, "Progressing", "Unknown", reason=PAUSED, message="Deployment is paused")
        next(each for each in conditions if each["type"] == "Progressing")["lastUpdateTime"] = now()


def _progress(deployment: Obj, replica_set: str, fresh: Obj, *, done: bool) -> float | None:
    """The condition Progressing, and the seconds until it could time out (kubernetes pkg/controller/deployment)."""
    before, conditions = deployment.get("status") or {}, fresh["conditions"]
    found = next((each for each in conditions if each["type"] == "Progressing"), None)
    moved = any(fresh[each] > before.get(each, 0) for each in ("updatedReplicas", "readyReplicas"))
    moved = moved or fresh["replicas"] < before.get("replicas", 0)
    updated, again = (found or {}).get("lastUpdateTime", now()), None
    subject = f'ReplicaSet "{replica_set}"'
    if done:
        message = f"{subject} has successfully progressed."
        set_condition(conditions, "Progressing", "True", reason="NewReplicaSetAvailable", message=message)
    elif found is None or moved or found["reason"] == PAUSED:
        updated = now()
        message = f"{subject} is progressing."
        set_condition(conditions, "Progressing", "True", reason="ReplicaSetUpdated", message=message)
    if not done and (found is None or found["reason"] != "NewReplicaSetAvailable"):
        age = datetime.datetime.now(datetime.UTC) - datetime.datetime.fromisoformat(updated)
        left = deployment["spec"].get("progressDeadlineSeconds", 600) - age.total_seconds()
        again = left if left > 0 else None
        if left <= 0:
            message = f"{subject} has timed out progressing."
            set_condition(conditions, "Progressing", "False", reason="ProgressDeadlineExceeded", message=message)
    next(each for each in conditions if each["type"] == "Progressing")["lastUpdateTime"] = updated
    return again


class ReplicaSetReconciler:
    """As many pods as wanted; those that go first are unready, then young (kubernetes pkg/controller ActivePods)."""

    def __init__(self, store: Store, faults: Faults) -> None:
        self._store = store
        self._faults = faults
        self._events = Recorder(store, "replicaset-controller")

    @property
    def sources(self) -> Mapping[Resource, Mapper]:
        return {REPLICA_SETS: itself, PODS: owner_of_kind("ReplicaSet")}

    def reconcile(self, key: Key) -> float | None:
        replica_set = self._store.find(REPLICA_SETS, key.namespace, key.name)
        if replica_set is None or is_terminating(replica_set):
            return None
        every = owned_by(self._store, PODS, "ReplicaSet", key)
        pods = live(every)
        missing = replica_set["spec"]["replicas"] - len(pods)
        if missing > 0 and (replica_set.get("status") or {}).get("replicas", 0) > len(pods):
            if self._faults.fires("pod-not-replaced", key.namespace):  # F161
                return None
            if every == pods and self._faults.fires("killed-pod-not-replaced", key.namespace):  # F162
                return None
        for _ in range(missing):
            self._create(replica_set)
        for pod in _least_useful(pods, -missing):
            self._store.delete(PODS, key.namespace, pod["metadata"]["name"])
            message = f"Deleted pod: {pod['metadata']['name']}"
            self._events.record(replica_set, "Normal", "SuccessfulDelete", message)
        pods = live(owned_by(self._store, PODS, "ReplicaSet", key))
        ready = sum(1 for pod in pods if is_ready_pod(pod))
        replica_set["status"] = {
            "observedGeneration": replica_set["metadata"]["generation"],
            "replicas": len(pods),
            "fullyLabeledReplicas": len(pods),
            "readyReplicas": ready,
            "availableReplicas": ready,
        }
        write_status(self._store, REPLICA_SETS, replica_set)
        return None

    def _create(self, replica_set: Obj) -> None:
        template, meta = replica_set["spec"]["template"], replica_set["metadata"]
        pod = {
            "metadata": {
                "generateName": f"{meta['name']}-",
                "namespace": meta["namespace"],
                "labels": template["metadata"].get("labels") or {},
                "annotations": template["metadata"].get("annotations") or {},
                "ownerReferences": [owner_reference(replica_set)],
            },
            "spec": copy_of(template["spec"]),
            "status": {"phase": "Pending", "qosClass": "Burstable"},
        }
        try:
            pod = self._store.create(PODS, pod)
        except ApiError as error:
            self._events.record(replica_set, "Warning", "FailedCreate", f"Error creating: {error}")
            raise
        message = f"Created pod: {pod['metadata']['name']}"
        self._events.record(replica_set, "Normal", "SuccessfulCreate", message)


def _least_useful(pods: list[Obj], count: int) -> list[Obj]:
    youngest_first = sorted(pods, key=lambda pod: pod["metadata"]["creationTimestamp"], reverse=True)
    return sorted(youngest_first, key=is_ready_pod)[: max(0, count)]
