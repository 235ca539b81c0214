"""Defaults and validation of revision templates (serving pkg/apis/serving/v1 revision_defaults.go and
revision_validation.go, pkg/apis/serving/k8s_validation.go)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from kserve_conformance.embedded.admission.names import SERVICE_LABEL, SERVICE_RULE
from kserve_conformance.embedded.objects import Obj

DEFAULTS = {
    "revision-timeout-seconds": "300",
    "max-revision-timeout-seconds": "600",
    "container-concurrency": "0",
    "container-concurrency-max-limit": "1000",
    "allow-container-concurrency-zero": "true",
    "enable-service-links": "false",
    "container-name-template": "user-container",
}
# Pod fields that need a feature flag (serving pkg/apis/serving/fieldmask.go, pkg/apis/config/features.go).
GUARDED = {
    "nodeSelector": "kubernetes.podspec-nodeselector",
    "affinity": "kubernetes.podspec-affinity",
    "tolerations": "kubernetes.podspec-tolerations",
    "topologySpreadConstraints": "kubernetes.podspec-topologyspreadconstraints",
    "runtimeClassName": "kubernetes.podspec-runtimeclassname",
    "schedulerName": "kubernetes.podspec-schedulername",
    "priorityClassName": "kubernetes.podspec-priorityclassname",
    "hostAliases": "kubernetes.podspec-hostaliases",
    "initContainers": "kubernetes.podspec-init-containers",
    "securityContext": "kubernetes.podspec-securitycontext",
}
# Sources of variables that need one, the same for both (serving pkg/apis/serving/k8s_validation.go).
OF_THE_POD, POD_FLAG = ("fieldRef", "resourceFieldRef"), "kubernetes.podspec-fieldref"
RESERVED = ("queue-proxy",)


def fill(template: Obj, defaults: Mapping[str, str]) -> None:
    spec = template.setdefault("spec", {})
    if not spec.get("timeoutSeconds"):
        spec["timeoutSeconds"] = int(defaults["revision-timeout-seconds"])
    for field, key in (
        ("responseStartTimeoutSeconds", "revision-response-start-timeout-seconds"),
        ("idleTimeoutSeconds", "revision-idle-timeout-seconds"),
    ):
        if spec.get(field) is None and int(defaults.get(key, "0")):
            spec[field] = int(defaults[key])
    if spec.get("containerConcurrency") is None:
        spec["containerConcurrency"] = int(defaults["container-concurrency"])
    links = defaults["enable-service-links"].lower()
    if links in ("true", "false"):
        spec.setdefault("enableServiceLinks", links == "true")
    containers = spec.get("containers") or []
    for index, container in enumerate(containers):
        if not container.get("name"):
            name = defaults["container-name-template"]
            container["name"] = name if len(containers) == 1 else f"{name}-{index}"
        _fill_resources(container.setdefault("resources", {}), defaults)
        if len(containers) == 1 or container.get("ports"):
            _fill_probe(container)


def _fill_resources(resources: Obj, defaults: Mapping[str, str]) -> None:
    for part, suffix in (("requests", "request"), ("limits", "limit")):
        for kind in ("cpu", "memory", "ephemeral-storage"):
            quantity = defaults.get(f"revision-{kind}-{suffix}")
            if quantity:
                resources.setdefault(part, {}).setdefault(kind, quantity)


def _fill_probe(container: Obj) -> None:
    probe = container.setdefault("readinessProbe", {})
    if not any(each in probe for each in ("tcpSocket", "httpGet", "exec", "grpc")):
        probe["tcpSocket"] = {"port": 0}
    probe.setdefault("successThreshold", 1)


def complaints(template: Obj, parent: str, defaults: Mapping[str, str], features: Mapping[str, str]) -> Iterator[str]:
    spec, longest = template["spec"], int(defaults["max-revision-timeout-seconds"])
    where = "spec.template.spec"
    if not 0 <= spec["timeoutSeconds"] <= longest:
        yield f"expected 0 <= {spec['timeoutSeconds']} <= {longest}: {where}.timeoutSeconds"
    least = 0 if defaults["allow-container-concurrency-zero"].lower() == "true" else 1
    most, limit = int(defaults["container-concurrency-max-limit"]), spec["containerConcurrency"]
    if not least <= limit <= most:
        yield f"expected {least} <= {limit} <= {most}: {where}.containerConcurrency"
    forbidden = [f"{where}.{field}" for field, flag in GUARDED.items() if spec.get(field) and not _on(features, flag)]
    if not _on(features, POD_FLAG):
        forbidden += _of_the_pod(spec.get("containers") or [], where)
    if forbidden:
        yield f"must not set the field(s): {', '.join(sorted(forbidden))}"
    yield from _containers(spec.get("containers") or [], features, where)
    yield from _own_name((template.get("metadata") or {}).get("name"), parent)


def _on(features: Mapping[str, str], flag: str) -> bool:
    return features.get(flag, "").lower() in ("enabled", "allowed")


def _of_the_pod(containers: list[Obj], where: str) -> Iterator[str]:
    for index, container in enumerate(containers):
        for place, variable in enumerate(container.get("env") or ()):
            for source in OF_THE_POD:
                if (variable.get("valueFrom") or {}).get(source):
                    yield f"{where}.containers[{index}].env[{place}].valueFrom.{source}"


def _containers(containers: list[Obj], features: Mapping[str, str], where: str) -> Iterator[str]:
    if not containers:
        yield f"missing field(s): {where}.containers"
    several = len(containers) > 1
    if several and features.get("multi-container", "enabled").lower() == "disabled":
        yield f"multi-container is off, but found {len(containers)} containers: {where}"
        return
    ports = sum(len(each.get("ports") or ()) for each in containers)
    if ports > 1:
        paths = [f"{where}.containers[{i}].ports" for i, each in enumerate(containers) if each.get("ports")]
        path = ", ".join(paths) if several else paths[0]
        yield f"more than one container port is set: {path}\nOnly a single port is allowed" + (
            " across all containers" if several else ""
        )
    elif several and not ports:
        yield f"missing field(s): {where}.containers.ports"
    for index, container in enumerate(containers):
        if not container.get("image"):
            yield f"missing field(s): {where}.containers[{index}].image"
        if container["name"] in RESERVED:
            yield f'"{container["name"]}" is a reserved container name: {where}.containers[{index}].name'


def _own_name(name: str | None, parent: str) -> Iterator[str]:
    if not name:
        return
    if not re.fullmatch(SERVICE_LABEL, name):
        yield f"invalid value: not a DNS 1035 label: [{SERVICE_RULE}]: spec.template.metadata.name"
    if not name.startswith(f"{parent}-"):
        yield f'invalid value: "{name}" must have prefix "{parent}-": spec.template.metadata.name'


def unnamed_change(template: Obj, old: Obj) -> Iterator[str]:
    """A name of the user's own has to change with the template."""
    name = (template.get("metadata") or {}).get("name")
    if name and name == (old.get("metadata") or {}).get("name") and template != old:
        changes = differences(old, template, "*{v1.RevisionTemplateSpec}")
        yield (f"Saw the following changes without a name change (-old +new): spec.template.metadata.name\n{changes}")


def differences(old: Any, new: Any, path: str) -> str:
    """Each changed leaf by its Go path (knative.dev/pkg kmp.ShortDiff)."""
    return "\n".join(_differences(old, new, path))


def _differences(old: Any, new: Any, path: str) -> Iterator[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        for name in sorted({*old, *new}):
            inside = f"{path}.{name[0].upper()}{name[1:]}" if re.fullmatch(r"[a-z]\w*", name) else f'{path}["{name}"]'
            yield from _differences(old.get(name), new.get(name), inside)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from _differences(before, after, f"{path}[{index}]")
    elif old != new:
        yield f"{path}:\n\t-: {json.dumps(old)}\n\t+: {json.dumps(new)}"
