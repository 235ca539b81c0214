"""The environment of a container: its variables with their sources looked up, and `$(NAME)` expanded.

kubernetes pkg/kubelet/kubelet_pods.go makeEnvironmentVariables, third_party/forked/golang/expansion.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Mapping

from kserve_conformance.embedded.apiserver.resources import CONFIG_MAPS, SECRETS, Resource
from kserve_conformance.embedded.objects import Obj, annotations_of, labels_of

Find = Callable[[Resource, str, str], Obj | None]  # resource, namespace, name
SOURCES = (("configMapKeyRef", CONFIG_MAPS, "ConfigMap"), ("secretKeyRef", SECRETS, "Secret"))
MAP_FIELD = re.compile(r"metadata\.(labels|annotations)\['(.+)'\]")
REFERENCE = re.compile(r"\$\$|\$\(([^)]*)\)")


class ConfigError(Exception):
    """What a container is configured with is not there; the message is the kubelet's."""


def environment(container: Obj, pod: Obj, address: str, find: Find) -> dict[str, str]:
    """Raises ConfigError."""
    namespace = pod["metadata"]["namespace"]
    found = {"HOSTNAME": str(pod["metadata"]["name"])}
    for source in container.get("envFrom") or ():
        found.update(_all_of(source, namespace, find))
    for each in container.get("env") or ():
        if "valueFrom" not in each:
            found[each["name"]] = expanded(each.get("value", ""), found)
            continue
        value = _value(each["valueFrom"], pod, address, find)
        if value is not None:
            found[each["name"]] = value
    return found


def expanded(text: str, values: Mapping[str, str]) -> str:
    """References to what is not there stay as they are; `$$` is one dollar."""

    def replacement(match: re.Match[str]) -> str:
        if match.group(1) is None:
            return "$"
        return values.get(match.group(1), match.group(0))

    return REFERENCE.sub(replacement, text)


def data_of(resource: Resource, namespace: str, name: str, find: Find, *, optional: bool) -> dict[str, bytes] | None:
    """What a Secret or a ConfigMap holds. None when it is not there and need not be. Raises ConfigError."""
    obj = find(resource, namespace, name)
    if obj is None:
        if optional:
            return None
        raise ConfigError(f'{resource.singular} "{name}" not found')
    encoded = obj.get("data" if resource is SECRETS else "binaryData") or {}
    plain = {} if resource is SECRETS else obj.get("data") or {}
    decoded = {key: base64.b64decode(value) for key, value in encoded.items()}
    return {**{key: value.encode() for key, value in plain.items()}, **decoded}


def field(path: str, pod: Obj, address: str) -> str:
    """A field of the pod, by the paths that the downward API knows. Raises ConfigError."""
    meta, spec = pod["metadata"], pod["spec"]
    values = {
        "metadata.name": meta["name"],
        "metadata.namespace": meta["namespace"],
        "metadata.uid": meta["uid"],
        "metadata.labels": _lines(labels_of(pod)),
        "metadata.annotations": _lines(annotations_of(pod)),
        "spec.nodeName": spec["nodeName"],
        "spec.serviceAccountName": spec.get("serviceAccountName", ""),
        "status.podIP": address,
        "status.podIPs": address,
        "status.hostIP": host_of(address),
        "status.hostIPs": host_of(address),
    }
    if path in values:
        return str(values[path])
    match = MAP_FIELD.fullmatch(path)
    if match is None:
        raise ConfigError(f"unsupported fieldPath: {path}")
    kept = labels_of(pod) if match.group(1) == "labels" else annotations_of(pod)
    return kept.get(match.group(2), "")


def host_of(address: str) -> str:
    """The node's address, given one of its pods'."""
    return address.rpartition(".")[0].rpartition(".")[0] + ".0.1"


def _lines(values: Mapping[str, str]) -> str:
    return "\n".join(f'{name}="{value}"' for name, value in sorted(values.items()))


def _all_of(source: Obj, namespace: str, find: Find) -> Iterable[tuple[str, str]]:
    prefix = source.get("prefix", "")
    for name, resource in (("configMapRef", CONFIG_MAPS), ("secretRef", SECRETS)):
        if name in source:
            reference = source[name]
            optional = bool(reference.get("optional"))
            data = data_of(resource, namespace, reference["name"], find, optional=optional) or {}
            yield from ((prefix + key, value.decode(errors="replace")) for key, value in data.items())


def _value(source: Obj, pod: Obj, address: str, find: Find) -> str | None:
    if "fieldRef" in source:
        return field(source["fieldRef"]["fieldPath"], pod, address)
    namespace = pod["metadata"]["namespace"]
    for name, resource, kind in SOURCES:
        if name not in source:
            continue
        reference = source[name]
        optional = bool(reference.get("optional"))
        data = data_of(resource, namespace, reference["name"], find, optional=optional)
        if data is not None and reference["key"] in data:
            return data[reference["key"]].decode(errors="replace")
        if optional:
            return None
        raise ConfigError(f"couldn't find key {reference['key']} in {kind} {namespace}/{reference['name']}")
    raise ConfigError(f"unsupported source of an environment variable: {', '.join(source)}")
