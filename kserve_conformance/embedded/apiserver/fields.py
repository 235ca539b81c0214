"""Which fields the built-in kinds have: to find misspelt ones, to read protobuf, and for `kubectl explain`.

`fields.json` has, for every type, its fields as name, protobuf number and type: `[]` a list of, `{}` a map of, `*` one
that may be absent. A name with `+` stands for another type's fields taken over. These are facts of the Go types of
k8s.io/api; a test compares the names with the Kubernetes Python client's models.
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

FILE = Path(__file__).with_name("fields.json")
PACKAGES = {
    "v1": "core",
    "apps/v1": "apps",
    "authorization.k8s.io/v1": "authorization",
    "authentication.k8s.io/v1": "authentication",
    "autoscaling/v1": "autoscaling",
    "policy/v1": "policy",
    "meta.k8s.io/v1": "meta",
}
EXPECTED: dict[str, type] = {"string": str, "integer": int, "boolean": bool}
JSON_NAMES = {str: "string", int: "number", float: "number", bool: "bool", list: "array", dict: "object"}
GO_NAMES = {str: "string", int: "int", bool: "bool", list: "slice", dict: "struct"}
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


def type_of(api_version: str, kind: str) -> str | None:
    """The name of a described type; None for kinds that are free JSON here."""
    name = f"{PACKAGES.get(api_version, '')}.{kind}"
    return name if name in described() else None


def check(resource: Resource, obj: Obj, validation: str) -> list[str]:
    """Warnings about fields a built-in kind does not have; with `Strict`, raises ApiError 400 instead."""
    name = type_of(resource.api_version, resource.kind) if resource in BUILT_IN else None
    if name is None:
        return []
    unknown = [f'unknown field "{path}"' for path in _unknown(name, obj, "")][:SHOWN]
    if unknown and validation == "Strict":
        what = f'{resource.kind} in version "{resource.version}" cannot be handled as a {resource.kind}'
        raise errors.bad_request(f"{what}: strict decoding error: {', '.join(unknown)}")
    return [] if validation == "Ignore" else unknown


@functools.cache
def described() -> dict[str, dict[str, tuple[int, str]]]:
    """Every type, with number and type by field."""
    found: dict[str, dict[str, tuple[int, str]]] = orjson.loads(FILE.read_bytes())
    return found


def _unknown(kind: str, value: Any, path: str) -> Iterator[str]:
    """The paths of fields that a type does not have. Raises ApiError 400 for values of a wrong type."""
    if value is None:
        return
    if kind.startswith("[]"):
        for index, each in enumerate(_typed(list, value, path)):
            yield from _unknown(kind[2:], each, f"{path}[{index}]")
    elif kind.startswith("{}"):
        for name, each in _typed(dict, value, path).items():
            yield from _unknown(kind[2:], each, f"{path}.{name}")
    elif kind in described():
        known = by_name(kind)
        for name, each in _typed(dict, value, path).items():
            inside = f"{path}.{name}" if path else name
            if name in known:
                yield from _unknown(known[name], each, inside)
            else:
                yield inside
    elif kind in EXPECTED:
        _typed(EXPECTED[kind], value, path)


def _typed(expected: type, value: Any, path: str) -> Any:
    if isinstance(value, expected) and isinstance(value, bool) == (expected is bool):
        return value
    found = JSON_NAMES.get(type(value), "object")
    raise errors.bad_request(f"json: cannot unmarshal {found} into field {path} of type {GO_NAMES[expected]}")
