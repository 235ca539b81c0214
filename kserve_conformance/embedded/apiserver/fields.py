"""Which fields the kinds have: to find misspelt ones, to read protobuf, and for `kubectl explain`.

`fields.json` has, for every built-in type, its fields as name, protobuf number and type: `[]` a list of, `{}` a map of,
`*` one that may be absent. A name with `+` stands for another type's fields taken over. These are facts of the Go types
of k8s.io/api; a test compares the names with the Kubernetes Python client's models. `kinds.json` has the same, without
numbers, for the kinds that the CustomResourceDefinitions of KServe and Knative describe; they differ by stack.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from kserve_conformance.embedded import errors
from kserve_conformance.embedded.apiserver.resources import BUILT_IN, Resource
from kserve_conformance.embedded.objects import Obj

FILES = (Path(__file__).with_name("fields.json"), Path(__file__).with_name("kinds.json"))
PACKAGES = {
    "v1": "core",
    "admissionregistration.k8s.io/v1": "admissionregistration",
    "apiextensions.k8s.io/v1": "apiextensions",
    "apiregistration.k8s.io/v1": "apiregistration",
    "apps/v1": "apps",
    "authentication.k8s.io/v1": "authentication",
    "authorization.k8s.io/v1": "authorization",
    "autoscaling/v1": "autoscaling",
    "autoscaling/v2": "autoscalingV2",
    "batch/v1": "batch",
    "coordination.k8s.io/v1": "coordination",
    "discovery.k8s.io/v1": "discovery",
    "meta.k8s.io/v1": "meta",
    "networking.k8s.io/v1": "networking",
    "node.k8s.io/v1": "node",
    "policy/v1": "policy",
    "rbac.authorization.k8s.io/v1": "rbac",
    "scheduling.k8s.io/v1": "scheduling",
    "storage.k8s.io/v1": "storage",
}
EXPECTED: dict[str, type[object]] = {"string": str, "integer": int, "boolean": bool}
JSON_NAMES: dict[type[object], str] = {
    str: "string",
    int: "number",
    float: "number",
    bool: "bool",
    list: "array",
    dict: "object",
}
GO_NAMES: dict[type[object], str] = {str: "string", int: "int", bool: "bool", list: "slice", dict: "struct"}
SHOWN = 10  # apimachinery strict decoding lists that many


@dataclass(frozen=True)
class Field:
    """`taken_over` marks a type whose fields appear as the owner's own."""

    name: str
    number: int
    type: str
    optional: bool
    taken_over: bool


@functools.cache
def fields_of(kind: str) -> tuple[Field, ...]:
    """Of a type such as `core.PodSpec`, as they are on the wire; nothing for a type that is not described."""
    return tuple(
        Field(name.lstrip("+"), number, text.lstrip("*"), text.startswith("*"), name.startswith("+"))
        for name, (number, text) in described().get(kind, {}).items()
    )


@functools.cache
def by_name(kind: str) -> dict[str, str]:
    """The type of every field, as JSON has them."""
    found: dict[str, str] = {}
    for each in fields_of(kind):
        found |= by_name(each.type) if each.taken_over else {each.name: each.type}
    return found


def type_of(api_version: str, kind: str, stack: str = "") -> str | None:
    """The name of a described type; None for kinds that are free JSON here."""
    name = f"{PACKAGES.get(api_version, '')}.{kind}"
    if name in described():
        return name
    defined = described().get(f"{stack}:{api_version}/{kind}")
    return defined[""][1] if defined else None


def check(resource: Resource, obj: Obj, validation: str, *, stack: str, old: Obj | None = None) -> list[str]:
    """Takes away fields that the kind does not have, and gives a warning about each.

    With `Strict` they raise ApiError 400 instead; so do values of a wrong type in built-in kinds. In defined kinds
    those are a matter of their schema. What the object had before (`old`) is not held against the client.
    """
    name = type_of(resource.api_version, resource.kind, stack)
    if name is None:
        return []
    unknown = list(_unknown(name, obj, "", typed=resource in BUILT_IN))
    if unknown and old is not None:
        before = {each.path for each in _unknown(name, old, "", typed=False)}
        unknown = [each for each in unknown if each.path not in before]
    warnings = [f'unknown field "{each.path}"' for each in unknown][:SHOWN]
    if unknown and validation == "Strict":
        what = f'{resource.kind} in version "{resource.version}" cannot be handled as a {resource.kind}'
        raise errors.bad_request(f"{what}: strict decoding error: {', '.join(warnings)}")
    for each in unknown:
        del each.owner[each.name]
    return [] if validation == "Ignore" else warnings


def check_metadata(meta: Obj) -> None:
    """Raises ApiError 400 for a value of a wrong type, in whatever kind."""
    list(_unknown("meta.ObjectMeta", meta, "metadata", typed=True))


@functools.cache
def described() -> dict[str, dict[str, tuple[int, str]]]:
    """Every type, with number and type by field."""
    found: dict[str, dict[str, tuple[int, str]]] = {}
    for file in FILES:
        found |= orjson.loads(file.read_bytes())
    return found


@dataclass(frozen=True)
class _Unknown:
    """A field that its owner's type does not have."""

    path: str
    owner: Obj
    name: str


def _unknown(kind: str, value: Any, path: str, *, typed: bool) -> Iterator[_Unknown]:
    """Raises ApiError 400 for values of a wrong type when `typed`."""
    expected = EXPECTED.get(kind)
    if kind.startswith("[]"):
        expected = list
    elif kind.startswith("{}") or kind in described():
        expected = dict
    if value is None or expected is None:
        return
    if not isinstance(value, expected) or isinstance(value, bool) != (expected is bool):
        if typed:
            found = JSON_NAMES.get(type(value), "object")
            raise errors.bad_request(f"json: cannot unmarshal {found} into field {path} of type {GO_NAMES[expected]}")
        return
    if isinstance(value, list):
        for index, each in enumerate(value):
            yield from _unknown(kind[2:], each, f"{path}[{index}]", typed=typed)
    elif isinstance(value, dict):
        known = by_name(kind) if kind in described() else None
        for name, each in value.items():
            inside = f"{path}.{name}" if path else name
            if known is None:
                yield from _unknown(kind[2:], each, inside, typed=typed)
            elif name in known:
                yield from _unknown(known[name], each, inside, typed=typed)
            else:
                yield _Unknown(inside, value, name)
