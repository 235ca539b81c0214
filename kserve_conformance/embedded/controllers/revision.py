"""Revision to Deployment and PodAutoscaler, and what their state says about it (serving pkg/reconciler/revision)."""

from __future__ import annotations

from collections.abc import Mapping

from kserve_conformance.embedded.apiserver.resources import (
    CONFIG_MAPS,
    DEPLOYMENTS,
    POD_AUTOSCALERS,
    PODS,
    REVISIONS,
    Resource,
)
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.autoscaler.config import seconds
from kserve_conformance.embedded.controllers import names
from kserve_conformance.embedded.controllers.knative_service import ready_from
from kserve_conformance.embedded.controllers.runtime import Mapper, ensure, write_status
from kserve_conformance.embedded.controllers.workloads import itself, owner_of_kind
from kserve_conformance.embedded.objects import (
    Key,
    Obj,
    annotations_of,
    condition,
    copy_of,
    is_ready_pod,
    is_terminating,
    is_true,
    labels_of,
    owner_reference,
    set_condition,
)
from kserve_conformance.embedded.stacks import Stack

AUTOSCALING = "autoscaling.knative.dev/"
DEFAULT_TIMEOUT = 300  # config-defaults revision-timeout-seconds
# Waiting reasons that do not mend themselves, so a Revision need not wait for its deadline (reconcile_resources.go).
DURABLE = {"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "CreateContainerConfigError"}


def _of_revision(obj: Obj) -> list[Key]:
    name = labels_of(obj).get(names.REVISION)
    return [Key(obj["metadata"]["namespace"], name)] if name else []


class RevisionReconciler:
    def __init__(self, store: Store, stack: Stack) -> None:
        self._store = store
        self._stack = stack

    @property
    def sources(self) -> Mapping[Resource, Mapper]:
        own = owner_of_kind("Revision")
        return {REVISIONS: itself, DEPLOYMENTS: own, POD_AUTOSCALERS: own, PODS: _of_revision}

    def reconcile(self, key: Key) -> float | None:
        revision = self._store.find(REVISIONS, key.namespace, key.name)
        if revision is None or is_terminating(revision):
            return None
        deployment = self._store.find(DEPLOYMENTS, key.namespace, f"{key.name}-deployment")
        if deployment is None:
            deployment = self._store.create(DEPLOYMENTS, self._deployment(revision))
        autoscaler = ensure(self._store, POD_AUTOSCALERS, self._autoscaler(revision))
        self._report(revision, deployment, autoscaler)
        return None

    def _labels(self, revision: Obj) -> dict[str, str]:
        meta = revision["metadata"]
        own = {name: text for name, text in labels_of(revision).items() if name != names.ROUTING_STATE}
        return {**own, names.REVISION: meta["name"], names.REVISION_UID: meta["uid"], "app": meta["name"]}

    def _deployment(self, revision: Obj) -> Obj:
        meta, labels = revision["metadata"], self._labels(revision)
        annotations = annotations_of(revision)
        if not self._stack.autoscaling_annotations_on_pods:
            annotations = {name: text for name, text in annotations.items() if not name.startswith(AUTOSCALING)}
        spec = copy_of(revision["spec"])
        timeout = spec.pop("timeoutSeconds", DEFAULT_TIMEOUT)
        limit = spec.pop("containerConcurrency", 0)
        for field in ("responseStartTimeoutSeconds", "idleTimeoutSeconds"):
            spec.pop(field, None)
        user_port = next((port["containerPort"] for port in spec["containers"][0].get("ports") or ()), 8080)
        pod = {
            **spec,
            "containers": [
                *(self._user_container(each, revision) for each in spec["containers"]),
                _queue_proxy(revision, user_port=user_port, limit=limit, timeout=timeout, stack=self._stack),
            ],
            "terminationGracePeriodSeconds": timeout,
        }
        return {
            "metadata": {
                "name": f"{meta['name']}-deployment",
                "namespace": meta["namespace"],
                "labels": labels,
                "annotations": annotations,
                "ownerReferences": [owner_reference(revision)],
            },
            "spec": {
                "replicas": self._initial_scale(revision),
                "selector": {"matchLabels": {names.REVISION_UID: meta["uid"]}},
                "progressDeadlineSeconds": int(self._progress_deadline(revision)),
                "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 0}},
                "template": {"metadata": {"labels": labels, "annotations": annotations}, "spec": pod},
            },
        }

    def _user_container(self, container: Obj, revision: Obj) -> Obj:
        owner = labels_of(revision)
        env = [
            *(container.get("env") or []),
            {"name": "PORT", "value": "8080"},
            {"name": "K_REVISION", "value": revision["metadata"]["name"]},
            {"name": "K_CONFIGURATION", "value": owner.get(names.CONFIGURATION, "")},
            {"name": "K_SERVICE", "value": owner.get(names.SERVICE, "")},
        ]
        return {**container, "env": env, "terminationMessagePolicy": "FallbackToLogsOnError"}

    def _initial_scale(self, revision: Obj) -> int:
        own, config = annotations_of(revision), self._config("config-autoscaler")
        initial = int(own.get(AUTOSCALING + "initial-scale", config.get("initial-scale", "1")))
        return max(initial, int(own.get(AUTOSCALING + "min-scale", "0")))

    def _progress_deadline(self, revision: Obj) -> float:
        config = self._config("config-deployment")
        deadline = annotations_of(revision).get("serving.knative.dev/progress-deadline")
        return seconds(deadline or config.get("progress-deadline", "600s"))

    def _config(self, name: str) -> dict[str, str]:
        found = self._store.find(CONFIG_MAPS, names.SYSTEM, name)
        data: dict[str, str] = (found or {}).get("data") or {}
        return data

    def _autoscaler(self, revision: Obj) -> Obj:
        meta = revision["metadata"]
        own = {name: text for name, text in annotations_of(revision).items() if name.startswith(AUTOSCALING)}
        return {
            "metadata": {
                "name": meta["name"],
                "namespace": meta["namespace"],
                "labels": self._labels(revision),
                "annotations": {
                    AUTOSCALING + "class": "kpa.autoscaling.knative.dev",
                    AUTOSCALING + "metric": "concurrency",
                    **own,
                },
                "ownerReferences": [owner_reference(revision)],
            },
            "spec": {
                "containerConcurrency": revision["spec"].get("containerConcurrency", 0),
                "protocolType": "http1",
                "reachability": _reachability(revision),
                "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": f"{meta['name']}-deployment"},
            },
        }

    def _report(self, revision: Obj, deployment: Obj, autoscaler: Obj) -> None:
        status = revision.setdefault("status", {})
        conditions = status.setdefault("conditions", [])
        scale = autoscaler.get("status") or {}
        status["actualReplicas"], status["desiredReplicas"] = scale.get("actualScale", 0), scale.get("desiredScale", 0)
        active = condition(autoscaler, "Active")
        if active is None:
            set_condition(conditions, "Active", "Unknown", reason="Deploying", severity="Info")
        else:
            why = {"reason": active.get("reason", ""), "message": active.get("message", "")}
            set_condition(conditions, "Active", active["status"], severity="Info", **why)
        serves = any(is_ready_pod(pod) for pod in self._pods(revision))
        rests = is_true(autoscaler, "ScaleTargetInitialized") and not deployment["spec"].get("replicas")
        if serves or rests:
            set_condition(conditions, "ResourcesAvailable", "True")
            set_condition(conditions, "ContainerHealthy", "True")
        elif condition(revision, "ResourcesAvailable") is None:
            set_condition(conditions, "ResourcesAvailable", "Unknown", reason="Deploying")
            set_condition(conditions, "ContainerHealthy", "Unknown", reason="Deploying")
        if not serves:
            self._report_failing_containers(revision, conditions)
        ready_from(conditions, "ResourcesAvailable", "ContainerHealthy")
        status["observedGeneration"] = revision["metadata"]["generation"]
        write_status(self._store, REVISIONS, revision)

    def _pods(self, revision: Obj) -> list[Obj]:
        meta = revision["metadata"]
        return self._store.list(
            PODS, meta["namespace"], where=lambda pod: labels_of(pod).get(names.REVISION_UID) == meta["uid"]
        )

    def _report_failing_containers(self, revision: Obj, conditions: list[Obj]) -> None:
        user_container = revision["spec"]["containers"][0].get("name", "user-container")
        for pod in self._pods(revision):
            for each in (pod.get("status") or {}).get("containerStatuses") or ():
                if each["name"] != user_container:
                    continue
                ended = (each.get("lastState") or {}).get("terminated") or (each.get("state") or {}).get("terminated")
                waiting = (each.get("state") or {}).get("waiting") or {}
                if ended and ended.get("exitCode"):
                    reason = f"ExitCode{ended['exitCode']}"
                    message = f"Container failed with: {ended.get('message', '')}"
                    set_condition(conditions, "ContainerHealthy", "False", reason=reason, message=message)
                elif waiting.get("reason") in DURABLE:
                    message = waiting.get("message", "")
                    set_condition(conditions, "ResourcesAvailable", "False", reason=waiting["reason"], message=message)


def _reachability(revision: Obj) -> str:
    """A failed revision counts as unreachable, its minimum scale keeps no broken pods (resources/pa.go)."""
    broken = any(
        (condition(revision, kind) or {}).get("status") == "False"
        for kind in ("ResourcesAvailable", "ContainerHealthy")
    )
    state = labels_of(revision).get(names.ROUTING_STATE)
    if broken or state == "reserve":
        return "Unreachable"
    return "Reachable" if state == "active" else ""


def _queue_proxy(revision: Obj, *, user_port: int, limit: int, timeout: int, stack: Stack) -> Obj:
    meta, owner = revision["metadata"], labels_of(revision)
    env = {
        "SERVING_NAMESPACE": meta["namespace"],
        "SERVING_SERVICE": owner.get(names.SERVICE, ""),
        "SERVING_CONFIGURATION": owner.get(names.CONFIGURATION, ""),
        "SERVING_REVISION": meta["name"],
        "QUEUE_SERVING_PORT": str(names.QUEUE_PORT),
        "USER_PORT": str(user_port),
        "CONTAINER_CONCURRENCY": str(limit),
        "REVISION_TIMEOUT_SECONDS": str(timeout),
    }
    return {
        "name": "queue-proxy",
        "image": f"gcr.io/knative-releases/knative.dev/serving/cmd/queue:v{stack.knative}",
        "env": [{"name": name, "value": value} for name, value in env.items()],
        "ports": [
            {"name": "queue-port", "containerPort": names.QUEUE_PORT, "protocol": "TCP"},
            {"name": "http-autometric", "containerPort": 9090, "protocol": "TCP"},
        ],
        "readinessProbe": {
            "httpGet": {
                "port": names.QUEUE_PORT,
                "httpHeaders": [{"name": "K-Network-Probe", "value": "queue"}],
            }
        },
        "resources": {"requests": {"cpu": "25m"}},
    }
