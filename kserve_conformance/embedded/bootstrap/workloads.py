"""The node, the platform's Deployments and Services, and the class of its Ingresses."""

from __future__ import annotations

from collections.abc import Iterator

from kserve_conformance.embedded.bootstrap import files
from kserve_conformance.embedded.controllers.workloads import NODE
from kserve_conformance.embedded.objects import Obj, now
from kserve_conformance.embedded.settings import Settings
from kserve_conformance.embedded.stacks import Stack


def node(settings: Settings, stack: Stack) -> Obj:
    """One node. Its capacity is nominal: pods here are light processes, whatever they ask for."""
    capacity = {"cpu": "64", "memory": "256Gi", "pods": "250"}
    return {
        "metadata": {
            "name": NODE,
            "labels": {"kubernetes.io/hostname": NODE, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"},
        },
        "spec": {},
        "status": {
            "capacity": capacity,
            "allocatable": capacity,
            "addresses": [
                {"type": "InternalIP", "address": f"127.{settings.block}.0.1"},
                {"type": "Hostname", "address": NODE},
            ],
            "conditions": [
                {
                    "type": "Ready",
                    "status": "True",
                    "reason": "KubeletReady",
                    "message": "kubelet is posting ready status",
                    "lastHeartbeatTime": now(),
                    "lastTransitionTime": now(),
                }
            ],
            "nodeInfo": {
                "kubeletVersion": stack.kubernetes,
                "osImage": "embedded",
                "operatingSystem": "linux",
                "architecture": "amd64",
                "containerRuntimeVersion": "embedded://processes",
            },
        },
    }


def ingress_class() -> Obj:
    """Istio installs none, KServe's set-up makes this one (kserve hack/setup/infra/manage.istio-ingress-class.sh)."""
    return {"metadata": {"name": "istio"}, "spec": {"controller": "istio.io/ingress-controller"}}


def deployments(stack: Stack) -> Iterator[Obj]:
    values = files.versions(stack)
    for part in files.filled(files.read("components.yaml"), values):
        for component in files.for_stack(part["components"], stack):
            yield _deployment(part, component)


def _deployment(part: Obj, component: Obj) -> Obj:
    selector = {part["app_label"]: component["name"], **component.get("labels", {})}
    labels = {
        "app.kubernetes.io/name": part["part_of"] if part["part_of"] != "kserve" else component["name"],
        "app.kubernetes.io/component": component.get("component", component["name"]),
        "app.kubernetes.io/version": component.get("component_version", part["version"]),
    }
    containers = [
        {"name": each["name"], "image": each.get("image", component["image"])}
        for each in component.get("containers", [{"name": component["name"]}])
    ]
    if component.get("ports"):
        containers[0]["ports"] = [
            {"name": name, "containerPort": port, "protocol": "TCP"} for name, port in component["ports"].items()
        ]
    return {
        "metadata": {
            "name": component["name"],
            "namespace": part["namespace"],
            "labels": {**labels, **({} if part["app_label"] == "app" else selector)},
        },
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": selector},
            "template": {
                "metadata": {"labels": {**labels, **selector}},
                "spec": {
                    "containers": containers,
                    "serviceAccountName": component["name"],
                    "terminationGracePeriodSeconds": component.get("grace", 30),
                },
            },
        },
    }


def services(settings: Settings) -> Iterator[Obj]:
    values = {"gateway_port": str(settings.gateway_port), "api_port": str(settings.api_port)}
    for each in files.filled(files.read("services.yaml"), values):
        service: Obj = {
            "metadata": {"name": each["name"], "namespace": each["namespace"], "labels": each.get("labels", {})},
            "spec": {
                "type": each.get("type", "ClusterIP"),
                "ports": [
                    {"name": name, "protocol": "TCP", "port": int(port), "targetPort": int(target)}
                    for name, (port, target) in each["ports"].items()
                ],
            },
        }
        if each.get("selector"):
            service["spec"]["selector"] = each["selector"]
        if each.get("type") == "LoadBalancer":
            service["status"] = {"loadBalancer": {"ingress": [{"ip": "127.0.0.1"}]}}
        yield service
