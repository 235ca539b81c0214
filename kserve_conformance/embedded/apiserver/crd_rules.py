"""What a CustomResourceDefinition has to be (apiextensions-apiserver pkg/apis/apiextensions/v1 and .../validation)."""

from __future__ import annotations

from collections.abc import Iterator

from kserve_conformance.embedded.apiserver import structural
from kserve_conformance.embedded.apiserver.structural import Cause
from kserve_conformance.embedded.objects import Obj


def fill(crd: Obj) -> None:
    """Defaults, in place."""
    spec = crd.get("spec") or {}
    names = spec.get("names") or {}
    if names.get("kind"):
        names.setdefault("singular", names["kind"].lower())
        names.setdefault("listKind", f"{names['kind']}List")
    spec.setdefault("conversion", {"strategy": "None"})


def causes(crd: Obj) -> Iterator[Cause]:
    spec = crd.get("spec") or {}
    names, versions = spec.get("names") or {}, spec.get("versions") or ()
    for field in ("group", "scope", "versions"):
        if not spec.get(field):
            yield f"spec.{field}", "FieldValueRequired", "Required value"
    for field in ("plural", "kind"):
        if not names.get(field):
            yield f"spec.names.{field}", "FieldValueRequired", "Required value"
    name, wanted = crd["metadata"].get("name"), f"{names.get('plural')}.{spec.get('group')}"
    if name != wanted:
        text = 'must be spec.names.plural+"."+spec.group'
        yield "metadata.name", "FieldValueInvalid", f'Invalid value: "{name}": {text}'
    if versions and sum(bool(each.get("storage")) for each in versions) != 1:
        text = "must have exactly one version marked as storage version"
        yield "spec.versions", "FieldValueInvalid", f"Invalid value: {text}"
    for index, version in enumerate(versions):
        where = f"spec.versions[{index}].schema.openAPIV3Schema"
        schema = (version.get("schema") or {}).get("openAPIV3Schema")
        if schema is None:
            yield where, "FieldValueRequired", "Required value: schemas are required"
        else:
            yield from _untyped(schema, where)


def warnings(crd: Obj) -> Iterator[str]:
    """What is stored with no effect here."""
    spec = crd["spec"]
    if (spec.get("conversion") or {}).get("strategy") == "Webhook":
        yield "spec.conversion: the embedded platform calls no conversion webhook; versions differ in apiVersion only"
    for version in spec["versions"]:
        found = list(structural.rules((version.get("schema") or {}).get("openAPIV3Schema") or {}))
        if found:
            yield unevaluated(found)


def unevaluated(places: list[str]) -> str:
    return f"x-kubernetes-validations are not evaluated by the embedded platform: {', '.join(places)}"


def _untyped(schema: Obj, where: str) -> Iterator[Cause]:
    """Structural schemas have a type everywhere but where anything may be (pkg/apiserver/schema/validation.go)."""
    free = schema.get(structural.INT_OR_STRING) or schema.get(structural.PRESERVE)
    if not schema.get("type") and not free:
        text = "must not be empty for specified object fields"
        if where.endswith("openAPIV3Schema"):
            text = "must not be empty at the root"
        yield f"{where}.type", "FieldValueRequired", f"Required value: {text}"
    for name, each in (schema.get("properties") or {}).items():
        yield from _untyped(each, f"{where}.properties[{name}]")
    for part in ("items", "additionalProperties"):
        if isinstance(schema.get(part), dict):
            yield from _untyped(schema[part], f"{where}.{part}")
