"""Structural schemas of CustomResourceDefinitions: pruning, defaulting and validation of what they describe.

The order is a real server's (apiextensions-apiserver pkg/apiserver/schema): unknown fields go, defaults come, then the
rest is checked. The wording of causes follows apiextensions-apiserver pkg/apiserver/validation and go-openapi.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kserve_conformance.embedded.objects import Obj

PRESERVE, EMBEDDED, INT_OR_STRING = (
    "x-kubernetes-preserve-unknown-fields",
    "x-kubernetes-embedded-resource",
    "x-kubernetes-int-or-string",
)
RULES = "x-kubernetes-validations"
ALWAYS = ("apiVersion", "kind", "metadata")
TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
}
NAMES = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")

Cause = tuple[str, str, str]  # field, reason, message


@dataclass(frozen=True)
class Unknown:
    """A field that its owner's schema does not have."""

    path: str
    owner: Obj
    name: str


def unknown(schema: Obj, value: Any, path: str = "", *, root: bool = True) -> Iterator[Unknown]:
    """Every field that pruning takes away."""
    if isinstance(value, list):
        items = schema.get("items")
        if isinstance(items, dict):
            for index, each in enumerate(value):
                yield from unknown(items, each, f"{path}[{index}]", root=False)
        return
    if not isinstance(value, dict):
        return
    known, more = schema.get("properties") or {}, schema.get("additionalProperties")
    whole = root or bool(schema.get(EMBEDDED))
    for name, each in value.items():
        inside = f"{path}.{name}" if path else name
        if whole and name in ALWAYS:
            continue
        if name in known:
            yield from unknown(known[name], each, inside, root=False)
        elif isinstance(more, dict):
            yield from unknown(more, each, inside, root=False)
        elif not more and not schema.get(PRESERVE):
            yield Unknown(inside, value, name)


def fill(schema: Obj, value: Any) -> None:
    """Sets in place what has a default and is absent, or null where null is not allowed."""
    if isinstance(value, list):
        for each in value if isinstance(schema.get("items"), dict) else ():
            fill(schema["items"], each)
        return
    if not isinstance(value, dict):
        return
    known, more = schema.get("properties") or {}, schema.get("additionalProperties")
    for name, inside in known.items():
        absent = name not in value or (value[name] is None and not inside.get("nullable"))
        if absent and "default" in inside:
            value[name] = json.loads(json.dumps(inside["default"]))
        if name in value:
            fill(inside, value[name])
    if isinstance(more, dict):
        for name in value.keys() - known.keys():
            fill(more, value[name])


def errors(schema: Obj, value: Any, path: str = "", *, root: bool = True) -> Iterator[Cause]:
    """Every cause for refusing the value."""
    if value is None and (schema.get("nullable") or not schema.get("type")):
        return
    if not schema.get(INT_OR_STRING) and "type" in schema and not _is_a(value, schema["type"]):
        yield _wrong(path, _name(value), f"must be of type {schema['type']}: {json.dumps(_name(value))}")
        return
    if schema.get(INT_OR_STRING) and not (_is_a(value, "integer") or _is_a(value, "string")):
        yield _wrong(path, _name(value), f"must be of type integer,string: {json.dumps(_name(value))}")
        return
    yield from _enumeration(schema, value, path)
    if isinstance(value, dict):
        yield from _object(schema, value, path, root=root)
    elif isinstance(value, list):
        yield from _array(schema, value, path)
    elif isinstance(value, str):
        yield from _string(schema, value, path)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield from _number(schema, value, path)
    yield from _combined(schema, value, path)


def rules(schema: Obj, path: str = "") -> Iterator[str]:
    """Where the schema has rules in CEL, which are not evaluated here."""
    if schema.get(RULES):
        yield path or "<root>"
    for name, inside in (schema.get("properties") or {}).items():
        yield from rules(inside, f"{path}.{name}" if path else name)
    for part, mark in (("items", "[*]"), ("additionalProperties", "[*]")):
        if isinstance(schema.get(part), dict):
            yield from rules(schema[part], path + mark)


def _object(schema: Obj, value: Obj, path: str, *, root: bool) -> Iterator[Cause]:
    known, more = schema.get("properties") or {}, schema.get("additionalProperties")
    for name in schema.get("required") or ():
        if name not in value:
            yield _inside(path, name), "FieldValueRequired", "Required value"
    for name, each in value.items():
        if root and name in ALWAYS:
            continue
        if name in known:
            yield from errors(known[name], each, _inside(path, name), root=False)
        elif isinstance(more, dict):
            yield from errors(more, each, _inside(path, name), root=False)
    size = len(value)
    if "maxProperties" in schema and size > schema["maxProperties"]:
        yield path, "FieldValueTooMany", f"Too many: {size}: must have at most {schema['maxProperties']} items"
    if "minProperties" in schema and size < schema["minProperties"]:
        yield _wrong(path, size, f"should have at least {schema['minProperties']} properties")


def _array(schema: Obj, value: list[Any], path: str) -> Iterator[Cause]:
    size, items = len(value), schema.get("items")
    if "maxItems" in schema and size > schema["maxItems"]:
        yield path, "FieldValueTooMany", f"Too many: {size}: must have at most {schema['maxItems']} items"
    if "minItems" in schema and size < schema["minItems"]:
        yield _wrong(path, size, f"should have at least {schema['minItems']} items")
    if isinstance(items, dict):
        for index, each in enumerate(value):
            yield from errors(items, each, f"{path}[{index}]", root=False)
    yield from _duplicates(schema, value, path)


def _duplicates(schema: Obj, value: list[Any], path: str) -> Iterator[Cause]:
    """Lists of type set and map have no two equal members (pkg/apiserver/schema/listtype)."""
    kind, seen = schema.get("x-kubernetes-list-type"), set()
    for index, each in enumerate(value):
        told: Any = each
        if kind == "map" and isinstance(each, dict):
            told = {key: each[key] for key in schema.get("x-kubernetes-list-map-keys") or () if key in each}
        elif kind != "set":
            return
        text = json.dumps(told, sort_keys=True, separators=(",", ":"))
        if text in seen:
            yield f"{path}[{index}]", "FieldValueDuplicate", f"Duplicate value: {text}"
        seen.add(text)


def _string(schema: Obj, value: str, path: str) -> Iterator[Cause]:
    if "maxLength" in schema and len(value) > schema["maxLength"]:
        yield path, "FieldValueTooLong", f"Too long: may not be more than {schema['maxLength']} bytes"
    if "minLength" in schema and len(value) < schema["minLength"]:
        yield _wrong(path, value, f"should be at least {schema['minLength']} chars long")
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield _wrong(path, value, f"should match '{schema['pattern']}'")
    if schema.get("format") == "date-time" and not DATE_TIME.fullmatch(value):
        yield _wrong(path, value, f"must be of type date-time: {json.dumps(value)}")


def _number(schema: Obj, value: float, path: str) -> Iterator[Cause]:
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is not None and (value <= least if schema.get("exclusiveMinimum") else value < least):
        word = "greater than" if schema.get("exclusiveMinimum") else "greater than or equal to"
        yield _wrong(path, value, f"should be {word} {least}")
    if most is not None and (value >= most if schema.get("exclusiveMaximum") else value > most):
        word = "less than" if schema.get("exclusiveMaximum") else "less than or equal to"
        yield _wrong(path, value, f"should be {word} {most}")
    step = schema.get("multipleOf")
    if step and value % step:
        yield _wrong(path, value, f"should be a multiple of {step}")


def _enumeration(schema: Obj, value: Any, path: str) -> Iterator[Cause]:
    allowed = schema.get("enum")
    if allowed and value not in allowed:
        listed = ", ".join(json.dumps(each) for each in allowed)
        message = f"Unsupported value: {json.dumps(value)}: supported values: {listed}"
        yield path, "FieldValueNotSupported", message


def _combined(schema: Obj, value: Any, path: str) -> Iterator[Cause]:
    for each in schema.get("allOf") or ():
        yield from errors(each, value, path, root=False)
    fitting = {
        word: sum(not any(errors(each, value, path, root=False)) for each in schema[word])
        for word in ("anyOf", "oneOf")
        if schema.get(word)
    }
    if fitting.get("anyOf") == 0:
        yield _wrong(path, _shown(value), "must validate at least one schema (anyOf)")
    if "oneOf" in fitting and fitting["oneOf"] != 1:
        yield _wrong(path, _shown(value), "must validate one and only one schema (oneOf)")
    if schema.get("not") and not any(errors(schema["not"], value, path, root=False)):
        yield _wrong(path, _shown(value), "must not validate the schema (not)")


def _wrong(path: str, value: Any, why: str) -> Cause:
    where = path or "<nil>"
    return where, "FieldValueInvalid", f"Invalid value: {json.dumps(value)}: {path} in body {why}"


def _shown(value: Any) -> Any:
    return "" if isinstance(value, (dict, list)) else value


def _is_a(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, TYPES.get(kind, (object,)))


def _name(value: Any) -> str:
    return NAMES.get(type(value), "null")


def _inside(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
