"""The JSON schema of `results.json`, made from the model itself, so that the two cannot drift apart."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from kserve_conformance.model import Run
from kserve_conformance.reporting.record import SCHEMA

_SCALARS: Mapping[Any, str] = {str: "string", int: "integer", float: "number", bool: "boolean", NoneType: "null"}


def render() -> str:
    definitions: dict[str, Any] = {}
    run = _object(Run, definitions)
    run["properties"] = {"schema": {"const": SCHEMA}, **run["properties"]}
    run["required"] = ["schema", *run["required"]]
    content = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA,
        "title": "results.json of kserve-conformance",
        **run,
        "$defs": definitions,
    }
    return json.dumps(content, indent=2) + "\n"


def _object(kind: type[Any], definitions: dict[str, Any]) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {
        "description": " ".join((kind.__doc__ or "").split()),
        "type": "object",
        "properties": {each.name: _type(hints[each.name], definitions) for each in fields(kind)},
        # The writer always writes all of them; a reader of older files finds those with a default missing.
        "required": [each.name for each in fields(kind) if each.default is MISSING and each.default_factory is MISSING],
        "additionalProperties": False,
    }


def _type(hint: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is Any:
        return {}
    if hint in _SCALARS:
        return {"type": _SCALARS[hint]}
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin in (Union, UnionType):
        return {"anyOf": [_type(each, definitions) for each in arguments]}
    if origin is tuple:
        return {"type": "array", "items": _type(arguments[0], definitions)}
    if origin is Mapping:
        return {"type": "object", "additionalProperties": _type(arguments[1], definitions)}
    if is_dataclass(hint) and isinstance(hint, type):
        if hint.__name__ not in definitions:
            definitions[hint.__name__] = {}
            definitions[hint.__name__] = _object(hint, definitions)
        return {"$ref": f"#/$defs/{hint.__name__}"}
    raise TypeError(f"no JSON form for {hint!r}")
