"""OpenAPI, as far as clients ask for it: which kinds and fields there are, and that field validation is the server's.

kubectl keeps these documents on disk by the hash in their address, so the hash follows the content.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable

import orjson

from kserve_conformance.embedded.apiserver import fields
from kserve_conformance.embedded.apiserver.resources import Registry, Resource
from kserve_conformance.embedded.objects import Obj

Signature = tuple[tuple[Resource, str], ...]
PARTS = {
    "apiVersion": "The version of this representation of an object.",
    "kind": "The REST resource this object represents.",
    "metadata": "Standard object metadata.",
    "spec": "The desired state.",
    "status": "The observed state.",
}
META = "meta.ObjectMeta"
REFERENCE = "#/components/schemas/"
SIMPLE: dict[str, Obj] = {
    "string": {"type": "string"},
    "integer": {"type": "integer"},
    "boolean": {"type": "boolean"},
    "number": {"type": "number"},
    "bytes": {"type": "string", "format": "byte"},
    "Time": {"type": "string", "format": "date-time"},
    "MicroTime": {"type": "string", "format": "date-time"},
    "IntOrString": {"oneOf": [{"type": "integer"}, {"type": "string"}], "format": "int-or-string"},
    "Quantity": {"oneOf": [{"type": "string"}, {"type": "number"}]},
}
WRITE_PARAMETERS = ("dryRun", "fieldManager", "fieldValidation", "force")


class OpenApi:
    """The documents of one registry, made when asked for and kept until something in them changes."""

    def __init__(self, registry: Registry, stack: str, schema_of: Callable[[Resource], tuple[str, Obj] | None]) -> None:
        """`schema_of` a kind that a CustomResourceDefinition defines: the definition's version, and its schema."""
        self._registry = registry
        self._stack = stack
        self._schema_of = schema_of
        self._made: dict[str, tuple[Signature, bytes]] = {}

    def index(self) -> Obj:
        paths = sorted({_path(each) for each in self._registry})
        return {"paths": {each: {"serverRelativeURL": f"/openapi/v3/{each}?hash={self._hash(each)}"} for each in paths}}

    def document(self, path: str) -> bytes | None:
        """The document of one group version, such as `apis/apps/v1`; None when there is no such."""
        resources = [each for each in self._registry if _path(each) == path]
        if not resources:
            return None
        signature = tuple((each, (self._schema_of(each) or ("", {}))[0]) for each in resources)
        made = self._made.get(path)
        if made is None or made[0] != signature:
            made = (signature, orjson.dumps(self._build(path, resources)))
            self._made[path] = made
        return made[1]

    def swagger(self, version: str) -> Obj:
        """OpenAPI v2: kinds by name. kubectl prefers v3; older clients only look whether there is a document."""
        definitions: Obj = {}
        for each in self._registry:
            definitions[self._schema_name(each)] = _generic(each, None)
        return {
            "swagger": "2.0",
            "info": {"title": "Kubernetes", "version": version},
            "paths": {},
            "definitions": definitions,
        }

    def _hash(self, path: str) -> str:
        return f"{zlib.crc32(self.document(path) or b''):08X}"

    def _schema_name(self, resource: Resource) -> str:
        described = fields.type_of(resource.api_version, resource.kind, self._stack)
        return described or f"{'.'.join(reversed(resource.group.split('.')))}.{resource.version}.{resource.kind}"

    def _build(self, path: str, resources: list[Resource]) -> Obj:
        schemas: Obj = {}
        _describe(META, schemas)
        for each in resources:
            name = fields.type_of(each.api_version, each.kind, self._stack)
            if name is not None:
                _describe(name, schemas)
                kinds = schemas[name].setdefault("x-kubernetes-group-version-kind", [])
                kinds.append(_kind(each))
            else:
                schemas[self._schema_name(each)] = _generic(each, (self._schema_of(each) or ("", None))[1])
        return {
            "openapi": "3.0.0",
            "info": {"title": "Kubernetes", "version": "unversioned"},
            "paths": {
                f"/{path}{_place(each)}/{{name}}": _operations(each, self._schema_name(each)) for each in resources
            },
            "components": {"schemas": schemas},
        }


def _path(resource: Resource) -> str:
    return f"apis/{resource.api_version}" if resource.group else f"api/{resource.version}"


def _place(resource: Resource) -> str:
    return f"/namespaces/{{namespace}}/{resource.plural}" if resource.namespaced else f"/{resource.plural}"


def _kind(resource: Resource) -> Obj:
    return {"group": resource.group, "version": resource.version, "kind": resource.kind}


def _operations(resource: Resource, schema_name: str) -> Obj:
    parameters = [
        {"name": name, "in": "query", "schema": {"type": "string", "uniqueItems": True}} for name in WRITE_PARAMETERS
    ]
    content = {"application/json": {"schema": {"$ref": REFERENCE + schema_name}}}
    answer = {"responses": {"200": {"description": "OK", "content": content}}}
    kind = {"x-kubernetes-group-version-kind": _kind(resource)}
    return {
        "get": {**answer, **kind, "x-kubernetes-action": "get"},
        "patch": {**answer, **kind, "x-kubernetes-action": "patch", "parameters": parameters},
        "put": {**answer, **kind, "x-kubernetes-action": "put", "parameters": parameters},
    }


def _describe(name: str, schemas: Obj) -> None:
    """A type of `fields.json`, and every type it refers to."""
    if name in schemas:
        return
    schemas[name] = {"type": "object", "properties": {}}
    for field, kind in fields.by_name(name).items():
        schemas[name]["properties"][field] = _schema(kind, schemas)


def _schema(kind: str, schemas: Obj) -> Obj:
    if kind.startswith("[]"):
        return {"type": "array", "items": _schema(kind[2:], schemas)}
    if kind.startswith("{}"):
        return {"type": "object", "additionalProperties": _schema(kind[2:], schemas)}
    if kind in SIMPLE:
        return SIMPLE[kind]
    if not fields.by_name(kind):
        return {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    _describe(kind, schemas)
    return {"allOf": [{"$ref": REFERENCE + kind}]}


def _generic(resource: Resource, schema: Obj | None) -> Obj:
    """A kind by its definition's schema; without one, only what every object has."""
    properties: Obj = {}
    for name, description in PARTS.items():
        kind = "string" if name in ("apiVersion", "kind") else "object"
        properties[name] = {"type": kind, "description": description}
    found: Obj = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    if schema and schema.get("properties"):
        found = schema
        for name in ("spec", "status"):
            properties.pop(name)
    return {
        "description": f"{resource.kind} ({resource.api_version}).",
        **found,
        "properties": {**properties, **(found.get("properties") or {})},
        "x-kubernetes-group-version-kind": [_kind(resource)],
    }
