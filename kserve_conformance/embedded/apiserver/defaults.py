"""What the API server fills in for built-in kinds (kubernetes pkg/apis/core/v1/defaults.go, apps/v1/defaults.go)."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Callable

from kserve_conformance.embedded.apiserver import crd_rules
from kserve_conformance.embedded.apiserver.resources import (
    CRDS,
    DEPLOYMENTS,
    PODS,
    REPLICA_SETS,
    SECRETS,
    SERVICES,
    Resource,
)
from kserve_conformance.embedded.objects import Obj

POD_SPEC: Obj = {
    "dnsPolicy": "ClusterFirst",
    "restartPolicy": "Always",
    "schedulerName": "default-scheduler",
    "securityContext": {},
    "terminationGracePeriodSeconds": 30,
}
PROBE: Obj = {"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3}
DEPLOYMENT: Obj = {"replicas": 1, "revisionHistoryLimit": 10, "progressDeadlineSeconds": 600}
ROLLING: Obj = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"}}
SERVICE: Obj = {"sessionAffinity": "None", "type": "ClusterIP"}
ADDRESSED: Obj = {"internalTrafficPolicy": "Cluster", "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack"}
# Admission plugin DefaultTolerationSeconds.
TOLERATED: list[Obj] = [
    {"key": f"node.kubernetes.io/{each}", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
    for each in ("not-ready", "unreachable")
]
FILE_MODE = 0o644


class Defaults:
    """Fills objects in place; holds the addresses that Services have been given."""

    def __init__(self) -> None:
        self._addresses = itertools.count(1)
        self._steps: dict[Resource, Callable[[Obj, Obj | None], None]] = {
            PODS: _pod,
            SERVICES: self._service,
            SECRETS: _secret,
            DEPLOYMENTS: _deployment,
            REPLICA_SETS: _replica_set,
            CRDS: lambda crd, _: crd_rules.fill(crd),
        }

    def fill(self, resource: Resource, obj: Obj, old: Obj | None) -> None:
        step = self._steps.get(resource)
        if step is not None:
            step(obj, old)

    def _service(self, service: Obj, old: Obj | None) -> None:
        spec = service.setdefault("spec", {})
        _missing(spec, SERVICE)
        service.setdefault("status", {"loadBalancer": {}})
        for port in spec.get("ports") or ():
            _missing(port, {"protocol": "TCP", "targetPort": port.get("port")})
        if spec["type"] == "ExternalName":
            return
        _missing(spec, ADDRESSED)
        had = ((old or {}).get("spec") or {}).get("clusterIP")
        if not spec.get("clusterIP"):
            spec["clusterIP"] = had or self._address()
        spec["clusterIPs"] = [spec["clusterIP"]]

    def _address(self) -> str:
        number = next(self._addresses)
        return f"10.96.{number >> 8 & 255}.{number & 255}"


def _pod(pod: Obj, old: Obj | None) -> None:
    spec = pod["spec"]
    _pod_spec(spec)
    _missing(spec, {"enableServiceLinks": True, "serviceAccountName": "default", "priority": 0})
    spec.setdefault("serviceAccount", spec["serviceAccountName"])
    tolerated = {each.get("key") for each in spec.get("tolerations") or ()}
    spec["tolerations"] = (spec.get("tolerations") or []) + [each for each in TOLERATED if each["key"] not in tolerated]
    if old is None:
        status = pod.setdefault("status", {})
        _missing(status, {"phase": "Pending", "qosClass": _quality(spec)})


def _deployment(deployment: Obj, _: Obj | None) -> None:
    spec = deployment["spec"]
    _missing(spec, DEPLOYMENT)
    strategy = spec.setdefault("strategy", {})
    if strategy.get("type", "RollingUpdate") == "RollingUpdate":
        strategy["type"] = "RollingUpdate"
        strategy["rollingUpdate"] = {**ROLLING["rollingUpdate"], **(strategy.get("rollingUpdate") or {})}
    _pod_spec(spec["template"].setdefault("spec", {}))


def _replica_set(replica_set: Obj, _: Obj | None) -> None:
    _missing(replica_set["spec"], {"replicas": 1})
    _pod_spec(replica_set["spec"]["template"].setdefault("spec", {}))


def _secret(secret: Obj, _: Obj | None) -> None:
    secret.setdefault("type", "Opaque")
    for name, text in (secret.pop("stringData", None) or {}).items():
        secret.setdefault("data", {})[name] = base64.b64encode(text.encode()).decode()


def _pod_spec(spec: Obj) -> None:
    _missing(spec, POD_SPEC)
    for container in (*(spec.get("initContainers") or ()), *(spec.get("containers") or ())):
        _container(container)
    for volume in spec.get("volumes") or ():
        for kind in ("configMap", "secret", "projected", "downwardAPI"):
            if isinstance(volume.get(kind), dict):
                volume[kind].setdefault("defaultMode", FILE_MODE)


def _container(container: Obj) -> None:
    image = container.get("image", "")
    tag = image.rpartition("/")[2].partition(":")[2]
    newest = "@" not in image and tag in ("", "latest")
    fixed = {"terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File", "resources": {}}
    _missing(container, {"imagePullPolicy": "Always" if newest else "IfNotPresent", **fixed})
    for port in container.get("ports") or ():
        port.setdefault("protocol", "TCP")
    for name in ("livenessProbe", "readinessProbe", "startupProbe"):
        probe = container.get(name)
        if probe:
            _missing(probe, PROBE)
            if probe.get("httpGet"):
                _missing(probe["httpGet"], {"path": "/", "scheme": "HTTP"})
    resources = container["resources"] or {}
    if resources.get("limits"):
        resources["requests"] = {**resources["limits"], **(resources.get("requests") or {})}
    for variable in container.get("env") or ():
        reference = (variable.get("valueFrom") or {}).get("fieldRef")
        if reference:
            reference.setdefault("apiVersion", "v1")


def _quality(spec: Obj) -> str:
    """The pod's class of service (kubernetes pkg/apis/core/v1/helper/qos)."""
    resources = [each.get("resources") or {} for each in (*spec["containers"], *(spec.get("initContainers") or ()))]
    if not any(each.get("requests") or each.get("limits") for each in resources):
        return "BestEffort"
    whole = all(set(each.get("limits") or ()) >= {"cpu", "memory"} for each in resources)
    return "Guaranteed" if whole and all(each["limits"] == each.get("requests") for each in resources) else "Burstable"


def _missing(obj: Obj, values: Obj) -> None:
    for name, value in values.items():
        if obj.get(name) is None:
            obj[name] = list(value) if isinstance(value, list) else dict(value) if isinstance(value, dict) else value
