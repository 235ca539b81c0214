"""JSON patch (RFC 6902), merge patch (RFC 7396), strategic merge patch and a simple server-side apply."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kserve_conformance.embedded import errors
from kserve_conformance.embedded.objects import Obj, copy_of

# The patchMergeKey tags of k8s.io/api; the same field name has the same key in every kind served here, but for the
# ports of a Service, which have no containerPort.
MERGE_KEYS: Mapping[str, tuple[str, ...]] = {
    "containers": ("name",),
    "initContainers": ("name",),
    "ephemeralContainers": ("name",),
    "env": ("name",),
    "volumes": ("name",),
    "volumeMounts": ("mountPath",),
    "volumeDevices": ("devicePath",),
    "ports": ("containerPort", "port"),
    "conditions": ("type",),
    "imagePullSecrets": ("name",),
    "secrets": ("name",),
    "ownerReferences": ("uid",),
    "hostAliases": ("ip",),
    "topologySpreadConstraints": ("topologyKey",),
}
SETS = {"finalizers"}


def json_patch(obj: Obj, operations: list[Obj]) -> Obj:
    """Raises ApiError 422 when an operation does not fit the object."""
    document: Any = {"": copy_of(obj)}
    for operation in operations:
        try:
            _operate(document, operation)
        except (KeyError, IndexError, ValueError, TypeError) as error:
            text = f"the server rejected our request due to an error in our request ({operation.get('op')}: {error})"
            raise errors.ApiError(422, "Invalid", text) from None
    result: Obj = document[""]
    return result


def merge_patch(target: Any, patch: Any) -> Any:
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), value)
    return merged


def strategic_merge(target: Any, patch: Any, *, field: str = "") -> Any:
    """Lists with a merge key merge item by item; `$patch`, `$retainKeys` and `$deleteFromPrimitiveList/...`."""
    if isinstance(patch, list):
        return _merge_list(target if isinstance(target, list) else [], patch, field)
    if not isinstance(patch, dict):
        return patch
    if patch.get("$patch") == "replace":
        return {name: value for name, value in patch.items() if name != "$patch"}
    merged = dict(target) if isinstance(target, dict) else {}
    if "$retainKeys" in patch:
        merged = {name: value for name, value in merged.items() if name in patch["$retainKeys"]}
    for name, value in patch.items():
        if name.startswith("$deleteFromPrimitiveList/"):
            list_name = name.partition("/")[2]
            merged[list_name] = [each for each in merged.get(list_name, []) if each not in value]
        elif name.startswith("$"):
            continue
        elif value is None:
            merged.pop(name, None)
        else:
            merged[name] = strategic_merge(merged.get(name), value, field=name)
    return merged


def _merge_list(target: list[Any], patch: list[Any], field: str) -> list[Any]:
    if field in SETS:
        return target + [each for each in patch if each not in target]
    key = merge_key(field, patch)
    if key is None or any(isinstance(each, dict) and each.get("$patch") == "replace" for each in patch):
        return [each for each in patch if not (isinstance(each, dict) and "$patch" in each)]
    merged = {each.get(key): each for each in target}
    for each in patch:
        if each.get("$patch") == "delete":
            merged.pop(each[key], None)
        else:
            merged[each[key]] = strategic_merge(merged.get(each[key]), each)
    return list(merged.values())


def merge_key(field: str, items: list[Any]) -> str | None:
    """What tells the items of a list field apart; None for a list that is replaced as a whole."""
    for key in MERGE_KEYS.get(field, ()):
        if all(isinstance(each, dict) and key in each for each in items):
            return key
    return None


def _operate(document: Any, operation: Obj) -> None:
    kind = operation["op"]
    parent, name = _find(document, operation["path"])
    if kind == "test":
        if _get(parent, name) != operation.get("value"):
            raise ValueError("test failed")
        return
    if kind in ("move", "copy"):
        source, source_name = _find(document, operation["from"])
        value = _get(source, source_name)
        if kind == "move":
            _remove(source, source_name)
        _add(parent, name, value)
    elif kind == "add":
        _add(parent, name, operation["value"])
    elif kind == "replace":
        _get(parent, name)
        parent[name if isinstance(parent, dict) else int(name)] = operation["value"]
    elif kind == "remove":
        _remove(parent, name)
    else:
        raise ValueError("unknown operation")


def _find(document: Any, path: str) -> tuple[Any, str]:
    *parents, name = [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")]
    current = document
    for part in parents:
        current = _get(current, part)
    return current, name


def _get(parent: Any, name: str) -> Any:
    return parent[int(name)] if isinstance(parent, list) else parent[name]


def _add(parent: Any, name: str, value: Any) -> None:
    if isinstance(parent, list):
        parent.insert(len(parent) if name == "-" else int(name), value)
    else:
        parent[name] = value


def _remove(parent: Any, name: str) -> None:
    del parent[int(name) if isinstance(parent, list) else name]
