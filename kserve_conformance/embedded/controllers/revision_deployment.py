"""The Deployment of a Revision: user containers and queue proxy (serving pkg/reconciler/revision/resources)."""

from __future__ import annotations

from collections.abc import Mapping

from kserve_conformance.embedded.autoscaler.config import seconds
from kserve_conformance.embedded.controllers import names
from kserve_conformance.embedded.objects import Obj, annotations_of, copy_of, labels_of, owner_reference
from kserve_conformance.embedded.stacks import Stack

AUTOSCALING = "autoscaling.knative.dev/"
DEFAULT_PORT = 8080
TOLD = ("K_REVISION", "K_CONFIGURATION", "K_SERVICE")
DEFAULT_TIMEOUT = 300  # config-defaults revision-timeout-seconds
PROGRESS_DEADLINE = names.SERVING + "progress-deadline"
NOT_ON_CHILDREN = (
    names.SERVING + "lastPinned",
    names.NO_GC,
    names.ROUTING_STATE_MODIFIED,
    names.ROUTES,
)


def child_labels(revision: Obj) -> dict[str, str]:
    meta = revision["metadata"]
    kept = {k: v for k, v in labels_of(revision).items() if k not in (names.ROUTE, names.ROUTING_STATE)}
    return {"app": meta["name"], **kept, names.REVISION: meta["name"], names.REVISION_UID: meta["uid"]}


def child_annotations(revision: Obj) -> dict[str, str]:
    return {name: text for name, text in annotations_of(revision).items() if name not in NOT_ON_CHILDREN}


def initial_scale(revision: Obj, autoscaling: Mapping[str, str]) -> int:
    own = annotations_of(revision)
    initial = int(own.get(AUTOSCALING + "initial-scale", autoscaling.get("initial-scale", "1")))
    return max(initial, int(own.get(AUTOSCALING + "min-scale", "0")))


def deployment(revision: Obj, *, stack: Stack, settings: Mapping[str, str], replicas: int) -> Obj:
    """Under `settings`, which are config-deployment's."""
    meta, labels = revision["metadata"], child_labels(revision)
    annotations = child_annotations(revision)
    if not stack.autoscaling_annotations_on_pods:
        annotations = {name: text for name, text in annotations.items() if not name.startswith(AUTOSCALING)}
    spec = copy_of(revision["spec"])
    timeout = spec.pop("timeoutSeconds", DEFAULT_TIMEOUT)
    limit = spec.pop("containerConcurrency", 0)
    start, idle = spec.pop("responseStartTimeoutSeconds", 0), spec.pop("idleTimeoutSeconds", 0)
    timeouts = {"TIMEOUT": timeout, "RESPONSE_START_TIMEOUT": start, "IDLE_TIMEOUT": idle}
    serving = next((each for each in spec["containers"] if each.get("ports")), spec["containers"][0])
    user_port = next((port["containerPort"] for port in serving.get("ports") or ()), DEFAULT_PORT)
    queue = _queue_proxy(revision, user_port=user_port, limit=limit, timeouts=timeouts, stack=stack, settings=settings)
    ports = [user_port if each is serving else None for each in spec["containers"]]
    pod = {
        **spec,
        "containers": [
            *(_user_container(each, revision, port) for each, port in zip(spec["containers"], ports, strict=True)),
            queue,
        ],
        "terminationGracePeriodSeconds": timeout,
    }
    deadline = annotations_of(revision).get(PROGRESS_DEADLINE) or settings.get("progress-deadline", "600s")
    return {
        "metadata": {
            "name": f"{meta['name']}-deployment",
            "namespace": meta["namespace"],
            "labels": labels,
            "annotations": annotations,
            "ownerReferences": [owner_reference(revision)],
        },
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {names.REVISION_UID: meta["uid"]}},
            "progressDeadlineSeconds": int(seconds(deadline)),
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 0}},
            "template": {"metadata": {"labels": labels, "annotations": annotations}, "spec": pod},
        },
    }


def without_names(deployment: Obj) -> Obj:
    """Its containers are not told what they belong to."""
    containers = deployment["spec"]["template"]["spec"]["containers"]
    for each in containers:
        each["env"] = [variable for variable in each.get("env") or () if variable["name"] not in TOLD]
    return deployment


def _user_container(container: Obj, revision: Obj, port: int | None) -> Obj:
    """`port` is of the container that serves; the others have none."""
    owner = labels_of(revision)
    env = [
        *(container.get("env") or []),
        *([{"name": "PORT", "value": str(port)}] if port is not None else []),
        {"name": "K_REVISION", "value": revision["metadata"]["name"]},
        {"name": "K_CONFIGURATION", "value": owner.get(names.CONFIGURATION, "")},
        {"name": "K_SERVICE", "value": owner.get(names.SERVICE, "")},
    ]
    return {**container, "env": env, "terminationMessagePolicy": "FallbackToLogsOnError"}


def _queue_proxy(
    revision: Obj, *, user_port: int, limit: int, timeouts: Mapping[str, int], stack: Stack, settings: Mapping[str, str]
) -> Obj:
    meta, owner = revision["metadata"], labels_of(revision)
    port = names.queue_port(names.protocol(revision["spec"]))
    env = {
        "SERVING_NAMESPACE": meta["namespace"],
        "SERVING_SERVICE": owner.get(names.SERVICE, ""),
        "SERVING_CONFIGURATION": owner.get(names.CONFIGURATION, ""),
        "SERVING_REVISION": meta["name"],
        "QUEUE_SERVING_PORT": str(port),
        "USER_PORT": str(user_port),
        "CONTAINER_CONCURRENCY": str(limit),
        **{f"REVISION_{name}_SECONDS": str(value) for name, value in timeouts.items()},
    }
    return {
        "name": "queue-proxy",
        "image": settings.get(
            "queue-sidecar-image", f"gcr.io/knative-releases/knative.dev/serving/cmd/queue:v{stack.knative}"
        ),
        "env": [{"name": name, "value": value} for name, value in env.items()],
        "ports": [
            {"name": "queue-port", "containerPort": port, "protocol": "TCP"},
            {"name": "http-autometric", "containerPort": 9090, "protocol": "TCP"},
        ],
        "readinessProbe": {
            "httpGet": {
                "port": port,
                "httpHeaders": [{"name": "K-Network-Probe", "value": "queue"}],
            }
        },
        "resources": _resources(settings),
    }


def _resources(settings: Mapping[str, str]) -> Obj:
    """config-deployment's queue-sidecar-…-request and -limit."""
    kinds = {"cpu": "cpu", "memory": "memory", "ephemeral-storage": "ephemeral-storage"}
    found: Obj = {"requests": {"cpu": "25m"}, "limits": {}}
    for part, suffix in (("requests", "request"), ("limits", "limit")):
        for kind, resource in kinds.items():
            text = settings.get(f"queue-sidecar-{kind}-{suffix}")
            if text:
                found[part][resource] = text
    return {part: quantities for part, quantities in found.items() if quantities}
