"""The parts of the InferenceService CRD's schema that clients run into (kserve config/crd).

The API server checks it between the mutating and the validating webhooks and answers 422.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from kserve_conformance.embedded import errors
from kserve_conformance.embedded.objects import Obj, copy_of

INTEGERS = ("minReplicas", "maxReplicas", "scaleTarget", "containerConcurrency", "timeout", "canaryTrafficPercent")
OBJECTS = ("predictor", "transformer", "explainer")
ENUMS = {
    "scaleMetric": ("cpu", "memory", "concurrency", "rps"),
    "logger.mode": ("all", "request", "response"),
}


def check_types(isvc: Obj) -> None:
    """Raises ApiError 422 when a field the platform reads is of the wrong type."""
    found = list(_type_errors(isvc))
    if found:
        raise _invalid(isvc, found)


def check_values(isvc: Obj) -> None:
    """Raises ApiError 422 for a value outside its enumeration or a missing required field."""
    found = list(_value_errors(isvc))
    if found:
        raise _invalid(isvc, found)


def with_known(isvc: Obj, field: str, instead: str) -> Obj:
    """The same, with `instead` for a value of that field that is not in its enumeration."""
    known = copy_of(isvc)
    *way, name = field.split(".")
    for path, _ in list(_unknown_values(isvc, field)):
        part = known["spec"][path]
        for each in way:
            part = part[each]
        part[name] = instead
    return known


def _unknown_values(isvc: Obj, field: str) -> Iterator[tuple[str, Any]]:
    """The components where the field has a value that its enumeration has not, and that value."""
    for path, component in _components(isvc):
        value: Any = component
        for part in field.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if value is not None and value not in ENUMS[field]:
            yield path.removeprefix("spec."), value


def _invalid(isvc: Obj, found: list[str]) -> errors.ApiError:
    text = found[0] if len(found) == 1 else f"[{', '.join(found)}]"
    return errors.invalid("serving.kserve.io", "InferenceService", isvc["metadata"]["name"], text)


def _components(isvc: Obj) -> Iterator[tuple[str, Obj]]:
    for name in OBJECTS:
        component = (isvc.get("spec") or {}).get(name)
        if isinstance(component, dict):
            yield f"spec.{name}", component


def _type_errors(isvc: Obj) -> Iterator[str]:
    spec = isvc.get("spec", {})
    if not isinstance(spec, dict):
        yield _wrong_type("spec", spec, "object")
        return
    for name in OBJECTS:
        if name in spec and not isinstance(spec[name], dict):
            yield _wrong_type(f"spec.{name}", spec[name], "object")
    for path, component in _components(isvc):
        for field in INTEGERS:
            value = component.get(field)
            if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
                yield _wrong_type(f"{path}.{field}", value, "integer")
        model = component.get("model")
        if model is not None and not isinstance(model, dict):
            yield _wrong_type(f"{path}.model", model, "object")
        elif model:
            yield from _model_types(f"{path}.model", model)


def _model_types(path: str, model: Obj) -> Iterator[str]:
    for field, kind, wanted in (
        ("storageUri", str, "string"),
        ("runtime", str, "string"),
        ("protocolVersion", str, "string"),
        ("args", list, "array"),
        ("env", list, "array"),
        ("modelFormat", dict, "object"),
        ("resources", dict, "object"),
    ):
        value = model.get(field)
        if value is not None and not isinstance(value, kind):
            yield _wrong_type(f"{path}.{field}", value, wanted)


def _value_errors(isvc: Obj) -> Iterator[str]:
    if "predictor" not in (isvc.get("spec") or {}):
        yield "spec.predictor: Required value"
    for field, allowed in ENUMS.items():
        supported = ", ".join(f'"{each}"' for each in allowed)
        for path, value in _unknown_values(isvc, field):
            yield f'spec.{path}.{field}: Unsupported value: "{value}": supported values: {supported}'
    for path, component in _components(isvc):
        model = component.get("model")
        if model is not None and "modelFormat" not in model:
            yield f"{path}.model.modelFormat: Required value"
        elif model is not None and "name" not in model["modelFormat"]:
            yield f"{path}.model.modelFormat.name: Required value"


def _wrong_type(path: str, value: Any, wanted: str) -> str:
    names = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}
    found = names.get(type(value), "null")
    return f'{path}: Invalid value: "{found}": {path} in body must be of type {wanted}: {json.dumps(found)}'
