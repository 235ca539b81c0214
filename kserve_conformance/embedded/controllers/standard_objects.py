"""What runs a component in Standard mode: a Deployment, a Service and an autoscaler.

kserve reconcilers/deployment, service and hpa, v0.10.0 and v0.20.0.
"""

from __future__ import annotations

from typing import Any

from kserve_conformance.embedded.controllers import modes
from kserve_conformance.embedded.controllers.components import Workload
from kserve_conformance.embedded.objects import Obj, copy_of
from kserve_conformance.embedded.stacks import Stack

CLASS = "serving.kserve.io/autoscalerClass"
UTILIZATION = "serving.kserve.io/targetUtilizationPercentage"  # read before 0.11
DEFAULT_UTILIZATION = 80
PORT, HTTP = 80, 8080
PROBED = ("kserve-container", "transformer-container")
POD: Obj = {
    "dnsPolicy": "ClusterFirst",
    "restartPolicy": "Always",
    "schedulerName": "default-scheduler",
    "securityContext": {},
    "terminationGracePeriodSeconds": 30,
}
CONTAINER: Obj = {
    "imagePullPolicy": "IfNotPresent",
    "terminationMessagePath": "/dev/termination-log",
    "terminationMessagePolicy": "File",
}
PROBE: Obj = {"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3}
ROLLING: Obj = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"}}


def autoscaler_class(workload: Workload) -> str:
    return workload.annotations.get(CLASS, "hpa")


def selector(workload: Workload) -> dict[str, str]:
    return {"app": f"isvc.{workload.name}"}


def metadata(workload: Workload, owner: Obj, reference: Obj) -> Obj:
    return {
        "name": workload.name,
        "namespace": owner["metadata"]["namespace"],
        "labels": {**workload.labels, **selector(workload)},
        "annotations": workload.annotations,
        "ownerReferences": [reference],
    }


def deployment(workload: Workload, meta: Obj, config: dict[str, Any]) -> Obj:
    """`config` is the document `deploy`. Replicas are the autoscaler's business, unless there is none."""
    strategy = workload.spec.get("deploymentStrategy")
    spec: Obj = {
        "selector": {"matchLabels": selector(workload)},
        "template": {
            "metadata": {"labels": meta["labels"], "annotations": meta["annotations"]},
            "spec": _pod(workload.pod_spec),
        },
        "revisionHistoryLimit": 10,
        "progressDeadlineSeconds": 600,
        "strategy": copy_of(strategy) if strategy else _rolling(config),
    }
    if autoscaler_class(workload) == "none" and workload.spec.get("minReplicas") is not None:
        spec["replicas"] = workload.spec["minReplicas"]
    return {"metadata": meta, "spec": spec}


def service(workload: Workload, meta: Obj, stack: Stack, config: dict[str, Any]) -> Obj:
    """`config` is the document `service`."""
    spec: Obj = {"selector": selector(workload), "ports": _ports(workload, stack)}
    if config.get("serviceClusterIPNone") and stack.reports_mode:
        spec["clusterIP"] = "None"
    return {"metadata": meta, "spec": spec}


def autoscaler(workload: Workload, meta: Obj, stack: Stack) -> Obj:
    low = max(workload.spec.get("minReplicas") or 1, 1)
    return {
        "metadata": meta,
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": workload.name},
            "minReplicas": low,
            "maxReplicas": max(workload.spec.get("maxReplicas") or 0, low),
            "metrics": _metrics(workload, stack),
            "behavior": {},
        },
    }


def _pod(given: Obj) -> Obj:
    spec = {**POD, **copy_of(given)}
    for container in spec["containers"]:
        for field, value in CONTAINER.items():
            container.setdefault(field, value)
        if container.get("name") in PROBED and "readinessProbe" not in container:
            port = next((each["containerPort"] for each in container.get("ports") or ()), HTTP)
            container["readinessProbe"] = {"tcpSocket": {"port": port}, **PROBE}
    return spec


def _rolling(config: dict[str, Any]) -> Obj:
    """A rollout strategy is configured for platforms whose mode is Standard by default."""
    strategy = copy_of(ROLLING)
    rollout = (config.get("deploymentRolloutStrategy") or {}).get("defaultRollout") or {}
    if config.get("defaultDeploymentMode") in modes.RAW:
        strategy["rollingUpdate"] |= {name: rollout[name] for name in strategy["rollingUpdate"] if rollout.get(name)}
    return strategy


def _ports(workload: Workload, stack: Stack) -> list[Obj]:
    """80 for the first port of the container; before 0.11 a container's own ports were the Service's."""
    containers = workload.pod_spec["containers"]
    transformer = next((each for each in containers if each.get("name") == PROBED[1]), None)
    given = ((stack.reports_mode and transformer) or containers[0]).get("ports") or []
    if not given:
        return [{"name": workload.name, "port": PORT, "targetPort": HTTP, "protocol": "TCP"}]
    ports = []
    for index, each in enumerate(given):
        number = each["containerPort"]
        port = {"port": PORT if stack.reports_mode and index == 0 else number, "targetPort": number}
        port |= {"protocol": each.get("protocol") or "TCP"} | ({"name": each["name"]} if each.get("name") else {})
        if stack.reports_mode and any(kind in each.get("name", "") for kind in ("grpc", "h2c")):
            port["appProtocol"] = "kubernetes.io/h2c"
        ports.append(port)
    return ports


def _metrics(workload: Workload, stack: Stack) -> list[Obj]:
    spec = workload.spec
    name, target = spec.get("scaleMetric") or "cpu", spec.get("scaleTarget")
    if not stack.reports_mode:
        target = target or int(workload.annotations.get(UTILIZATION, DEFAULT_UTILIZATION))
    elif name == "cpu":
        target = DEFAULT_UTILIZATION if target is None else target
    elif name != "memory" or target is None:
        return []
    resource = {"name": name, "target": {"type": "Utilization", "averageUtilization": target}}
    return [{"type": "Resource", "resource": resource}]
