"""Deployments, ReplicaSets and the scheduler, as kube-controller-manager and kube-scheduler do them."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping

import orjson

from kserve_conformance.embedded.apiserver.resources import DEPLOYMENTS, PODS, REPLICA_SETS, Resource
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.controllers.runtime import Mapper, write_status
from kserve_conformance.embedded.events import Recorder
from kserve_conformance.embedded.objects import (
    Key,
    Obj,
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
from kserve_conformance.embedded.settings import Delays

HASH = "pod-template-hash"
NODE = "embedded-node"


def owned_by(store: Store, resource: Resource, kind: str, key: Key) -> list[Obj]:
    return store.list(resource, key.namespace, where=lambda each: controller_of(each, kind) == key)


def owner_of_kind(kind: str) -> Mapper:
    """Maps a child to the key of its controller of that kind."""

    def mapper(obj: Obj) -> list[Key]:
        owner = controller_of(obj, kind)
        return [owner] if owner else []

    return mapper


def itself(obj: Obj) -> list[Key]:
    return [key_of(obj)]


class DeploymentReconciler:
    """Rolling updates: surge a quarter, lose a quarter at most (both of one replica: surge one, lose none)."""

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
        wanted = deployment["spec"].get("replicas", 1)
        every = live(owned_by(self._store, REPLICA_SETS, "Deployment", key))
        digest = hashlib.sha256(orjson.dumps(deployment["spec"]["template"], option=orjson.OPT_SORT_KEYS)).hexdigest()
        current = self._current(deployment, every, digest[:10])
        old = [each for each in every if each["metadata"]["name"] != current["metadata"]["name"]]
        self._roll(deployment, current, old, wanted)
        self._report(deployment)
        return None

    def _current(self, deployment: Obj, every: list[Obj], digest: str) -> Obj:
        for each in every:
            if labels_of(each).get(HASH) == digest:
                return each
        template = copy_of(deployment["spec"]["template"])
        labels = {**(template.setdefault("metadata", {}).get("labels") or {}), HASH: digest}
        template["metadata"]["labels"] = labels
        meta = deployment["metadata"]
        return self._store.create(
            REPLICA_SETS,
            {
                "metadata": {
                    "name": f"{meta['name']}-{digest}",
                    "namespace": meta["namespace"],
                    "labels": labels,
                    "annotations": {"deployment.kubernetes.io/revision": str(len(every) + 1)},
                    "ownerReferences": [owner_reference(deployment)],
                },
                "spec": {
                    "replicas": 0,
                    "selector": {
                        "matchLabels": {**(deployment["spec"]["selector"].get("matchLabels") or {}), HASH: digest}
                    },
                    "template": template,
                },
            },
        )

    def _roll(self, deployment: Obj, current: Obj, old: list[Obj], wanted: int) -> None:
        surge, unavailable = math.ceil(wanted * 0.25), math.floor(wanted * 0.25)
        old_total = sum(each["spec"]["replicas"] for each in old)
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
        self._store.update(REPLICA_SETS, replica_set)
        direction = "up" if replicas > before else "down"
        name = replica_set["metadata"]["name"]
        message = f"Scaled {direction} replica set {name} from {before} to {replicas}"
        self._events.record(deployment, "Normal", "ScalingReplicaSet", message)

    def _report(self, deployment: Obj) -> None:
        key, wanted = key_of(deployment), deployment["spec"].get("replicas", 1)
        every = live(owned_by(self._store, REPLICA_SETS, "Deployment", key))
        newest = max(every, key=lambda each: int(each["metadata"]["annotations"]["deployment.kubernetes.io/revision"]))
        total = sum((each.get("status") or {}).get("replicas", 0) for each in every)
        ready = sum((each.get("status") or {}).get("readyReplicas", 0) for each in every)
        updated = (newest.get("status") or {}).get("replicas", 0)
        status = deployment.get("status") or {}
        conditions = status.get("conditions") or []
        if ready >= wanted - math.floor(wanted * 0.25):
            message = "Deployment has minimum availability."
            set_condition(conditions, "Available", "True", reason="MinimumReplicasAvailable", message=message)
        else:
            message = "Deployment does not have minimum availability."
            set_condition(conditions, "Available", "False", reason="MinimumReplicasUnavailable", message=message)
        done = updated == wanted == total and ready == wanted
        reason = "NewReplicaSetAvailable" if done else "ReplicaSetUpdated"
        set_condition(conditions, "Progressing", "True", reason=reason)
        fresh = {
            "observedGeneration": deployment["metadata"]["generation"],
            "replicas": total,
            "updatedReplicas": updated,
            "readyReplicas": ready,
            "availableReplicas": ready,
            "unavailableReplicas": max(0, wanted - ready),
            "conditions": conditions,
        }
        deployment["status"] = {name: value for name, value in fresh.items() if value != 0}
        write_status(self._store, DEPLOYMENTS, deployment)


class ReplicaSetReconciler:
    """As many pods as wanted; those that go first are unready, then young (kubernetes pkg/controller ActivePods)."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._events = Recorder(store, "replicaset-controller")

    @property
    def sources(self) -> Mapping[Resource, Mapper]:
        return {REPLICA_SETS: itself, PODS: owner_of_kind("ReplicaSet")}

    def reconcile(self, key: Key) -> float | None:
        replica_set = self._store.find(REPLICA_SETS, key.namespace, key.name)
        if replica_set is None or is_terminating(replica_set):
            return None
        pods = live(owned_by(self._store, PODS, "ReplicaSet", key))
        missing = replica_set["spec"]["replicas"] - len(pods)
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
        pod = self._store.create(
            PODS,
            {
                "metadata": {
                    "generateName": f"{meta['name']}-",
                    "namespace": meta["namespace"],
                    "labels": template["metadata"].get("labels") or {},
                    "annotations": template["metadata"].get("annotations") or {},
                    "ownerReferences": [owner_reference(replica_set)],
                },
                "spec": copy_of(template["spec"]),
                "status": {"phase": "Pending", "qosClass": "Burstable"},
            },
        )
        message = f"Created pod: {pod['metadata']['name']}"
        self._events.record(replica_set, "Normal", "SuccessfulCreate", message)


def _least_useful(pods: list[Obj], count: int) -> list[Obj]:
    youngest_first = sorted(pods, key=lambda pod: pod["metadata"]["creationTimestamp"], reverse=True)
    return sorted(youngest_first, key=is_ready_pod)[: max(0, count)]


class Scheduler:
    """There is one node, and everything fits on it; a decision takes a moment."""

    def __init__(self, store: Store, delays: Delays) -> None:
        self._store = store
        self._delays = delays
        self._events = Recorder(store, "default-scheduler")
        self._seen: set[str] = set()

    @property
    def sources(self) -> Mapping[Resource, Mapper]:
        return {PODS: lambda pod: [] if pod["spec"].get("nodeName") else [key_of(pod)]}

    def reconcile(self, key: Key) -> float | None:
        pod = self._store.find(PODS, key.namespace, key.name)
        if pod is None or pod["spec"].get("nodeName"):
            return None
        uid = pod["metadata"]["uid"]
        if uid not in self._seen:
            self._seen.add(uid)
            return self._delays.pick(self._delays.scheduling)
        self._seen.discard(uid)
        pod["spec"]["nodeName"] = NODE
        pod = self._store.update(PODS, pod)
        status = pod.setdefault("status", {})
        status.setdefault("phase", "Pending")
        set_condition(status.setdefault("conditions", []), "PodScheduled", "True")
        status["startTime"] = now()
        self._store.update(PODS, pod, subresource="status")
        message = f"Successfully assigned {key} to {NODE}"
        self._events.record(pod, "Normal", "Scheduled", message)
        return None
