"""What the API server refuses of built-in kinds, beyond unknown fields and wrong types (pkg/apis/*/validation)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kserve_conformance.embedded.apiserver import crd_rules
from kserve_conformance.embedded.apiserver.resources import CRDS, DEPLOYMENTS, PODS, REPLICA_SETS, SERVICES, Resource
from kserve_conformance.embedded.errors import ApiError
from kserve_conformance.embedded.objects import Obj

Cause = tuple[str, str, str]  # field, reason, message
REQUIRED = "FieldValueRequired"
INVALID = "FieldValueInvalid"


def check(resource: Resource, obj: Obj) -> None:
    """Raises ApiError 422 with every cause."""
    rule = RULES.get(resource)
    refuse(resource, obj, list(rule(obj)) if rule else [])


def refuse(resource: Resource, obj: Obj, causes: list[Cause]) -> None:
    """Raises ApiError 422 with every cause, if there is any."""
    if not causes:
        return
    name, messages = obj["metadata"].get("name", ""), [f"{field}: {message}" for field, _, message in causes]
    text = messages[0] if len(messages) == 1 else f"[{', '.join(messages)}]"
    qualified = f"{resource.kind}.{resource.group}" if resource.group else resource.kind
    details = {
        "name": name,
        "kind": resource.kind,
        "causes": [{"reason": reason, "message": message, "field": field} for field, reason, message in causes],
    } | ({"group": resource.group} if resource.group else {})
    raise ApiError(422, "Invalid", f'{qualified} "{name}" is invalid: {text}', details)


def _required(field: str, text: str = "") -> Cause:
    return field, REQUIRED, f"Required value: {text}" if text else "Required value"


def _pod(pod: Obj) -> Iterator[Cause]:
    yield from _pod_spec(pod.get("spec") or {}, "spec")


def _pod_spec(spec: Obj, path: str) -> Iterator[Cause]:
    if not spec.get("containers"):
        yield _required(f"{path}.containers")
    for part in ("initContainers", "containers"):
        seen: set[str] = set()
        for index, container in enumerate(spec.get(part) or ()):
            where = f"{path}.{part}[{index}]"
            name = container.get("name")
            if not name:
                yield _required(f"{where}.name")
            elif name in seen:
                yield f"{where}.name", "FieldValueDuplicate", f'Duplicate value: "{name}"'
            seen.add(name or "")
            if not container.get("image"):
                yield _required(f"{where}.image")


def _workload(obj: Obj) -> Iterator[Cause]:
    spec = obj.get("spec") or {}
    selector, template = spec.get("selector"), spec.get("template") or {}
    replicas = spec.get("replicas") or 0
    if replicas < 0:
        yield "spec.replicas", INVALID, f"Invalid value: {replicas}: must be greater than or equal to 0"
    if not selector:
        yield _required("spec.selector")
    else:
        labels = (template.get("metadata") or {}).get("labels") or {}
        wanted = selector.get("matchLabels") or {}
        if any(labels.get(name) != value for name, value in wanted.items()):
            text = "`selector` does not match template `labels`"
            yield "spec.template.metadata.labels", INVALID, f"Invalid value: {_go_map(labels)}: {text}"
    yield from _pod_spec(template.get("spec") or {}, "spec.template.spec")


def _service(service: Obj) -> Iterator[Cause]:
    spec = service.get("spec") or {}
    kind = spec.get("type") or "ClusterIP"
    if kind == "ExternalName":
        if not spec.get("externalName"):
            yield _required("spec.externalName")
    elif not spec.get("ports") and spec.get("clusterIP") != "None":
        yield _required("spec.ports")
    several = len(spec.get("ports") or ()) > 1
    for index, port in enumerate(spec.get("ports") or ()):
        if several and not port.get("name"):
            yield _required(f"spec.ports[{index}].name")
        number = port.get("port") or 0
        if not 0 < number < 65536:
            text = f"Invalid value: {number}: must be between 1 and 65535, inclusive"
            yield f"spec.ports[{index}].port", INVALID, text


def _go_map(labels: dict[str, str]) -> str:
    return "{" + ",".join(f'"{name}":"{value}"' for name, value in sorted(labels.items())) + "}"


RULES: dict[Resource, Callable[[Obj], Iterator[Cause]]] = {
    PODS: _pod,
    DEPLOYMENTS: _workload,
    REPLICA_SETS: _workload,
    SERVICES: _service,
    CRDS: crd_rules.causes,
}
