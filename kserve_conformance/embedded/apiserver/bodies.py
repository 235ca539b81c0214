"""Reading what a client sends: JSON or YAML, the options of a write, and what must agree with the path."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson
import yaml
from aiohttp import web

from kserve_conformance.embedded import errors
from kserve_conformance.embedded.apiserver import fields, protobuf
from kserve_conformance.embedded.apiserver.routing import Target
from kserve_conformance.embedded.objects import Obj

YAML_TYPES = ("application/yaml", "application/apply-patch+yaml")
PATCH_TYPES = (
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
    "application/apply-patch+yaml",
)
DEEPEST = 200  # no kind nests half as deep, and what is deeper than orjson's 254 could be read but never written
MOST_NODES = 200_000  # of a YAML document with its aliases expanded
VALIDATIONS = ("Ignore", "Warn", "Strict")


@dataclass(frozen=True)
class WriteOptions:
    """The query of a write."""

    dry_run: bool
    validation: str
    manager: str
    force: bool


def options(request: web.Request, body: Any = None) -> WriteOptions:
    """Raises ApiError 400 or 422 for values that a real server refuses as well. Deletes may carry them in the body."""
    query = request.query
    dry_run = query.getall("dryRun", [])
    if isinstance(body, dict) and body.get("kind") == "DeleteOptions":
        dry_run = dry_run + list(body.get("dryRun") or ())
    if any(each != "All" for each in dry_run):
        raise errors.ApiError(422, "Invalid", f'dryRun: Unsupported value: "{dry_run[0]}": supported values: "All"')
    validation = query.get("fieldValidation") or "Warn"
    if validation not in VALIDATIONS:
        raise errors.ApiError(422, "Invalid", f'fieldValidation: Unsupported value: "{validation}"')
    manager = query.get("fieldManager") or request.headers.get("User-Agent", "unknown").split("/")[0]
    return WriteOptions(bool(dry_run), validation, manager, query.get("force") in ("true", "1"))


async def read(request: web.Request) -> Any:
    """The decoded body, None when empty. Raises ApiError 400, 413 or 415."""
    try:
        raw = await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise errors.ApiError(413, "RequestEntityTooLarge", "Request entity too large: limit is 3145728") from None
    if not raw:
        return None
    content_type = request.content_type
    if content_type == protobuf.CONTENT_TYPE:
        return protobuf.decode(raw)
    if content_type in YAML_TYPES:
        return _not_too_deep(_yaml(raw))
    if "json" not in content_type and content_type != "application/octet-stream":  # aiohttp's word for none at all
        raise unsupported("application/json", "application/yaml", protobuf.CONTENT_TYPE)
    try:
        decoded = orjson.loads(raw)
        return _not_too_deep(decoded) if raw.count(b"{") + raw.count(b"[") > DEEPEST else decoded
    except ValueError as error:
        raise errors.bad_request(
            f"the object provided is unrecognized (must be of type application/json): {error}"
        ) from None


def _not_too_deep(decoded: Any) -> Any:
    level, depth, seen = [decoded], 0, 0
    while level:
        depth, seen = depth + 1, seen + len(level)
        if depth > DEEPEST:
            raise errors.bad_request("error decoding the body: exceeded max depth")
        if seen > MOST_NODES:
            raise errors.bad_request("error decoding the body: document contains excessive aliasing")
        level = [inner for each in level for inner in _inside(each)]
    return decoded


def _inside(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _yaml(raw: bytes) -> Any:
    try:
        return yaml.load(raw, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except RecursionError:
        raise errors.bad_request("error decoding YAML: exceeded max depth") from None
    except (yaml.YAMLError, ValueError) as error:
        raise errors.bad_request(f"error decoding YAML: {error}") from None


def unsupported(*accepted: str) -> errors.ApiError:
    listed = ", ".join(accepted)
    why = f"the body of the request was in an unknown format - accepted media types include: {listed}"
    return errors.ApiError(415, "UnsupportedMediaType", why)


def checked(target: Target, body: Any) -> Obj:
    """The body as an object of the target's kind, in its stored version. Raises ApiError 400 when they disagree."""
    if not isinstance(body, dict):
        raise errors.bad_request(f"{target.served.kind} expected: the body is no object")
    wanted = target.served
    if body.get("apiVersion", wanted.api_version) != wanted.api_version:
        raise errors.bad_request(
            f"the API version in the data ({body['apiVersion']}) does not match the expected API version "
            f"({wanted.api_version})"
        )
    if body.get("kind", wanted.kind) != wanted.kind:
        why = f'{body["kind"]} in version "{wanted.version}" cannot be handled as a {wanted.kind}'
        raise errors.bad_request(why)
    meta = body.get("metadata")
    if meta is None:
        meta = {}
    if not isinstance(meta, dict):
        raise errors.bad_request("json: cannot unmarshal metadata into Go value of type v1.ObjectMeta")
    _check_strings(meta)
    fields.check_metadata(meta)
    if target.namespace and meta.get("namespace", target.namespace) != target.namespace:
        raise errors.bad_request(
            "the namespace of the provided object does not match the namespace sent on the request"
        )
    if target.name and meta.get("name", target.name) != target.name:
        raise errors.bad_request(
            f"the name of the object ({meta['name']}) does not match the name on the URL ({target.name})"
        )
    obj = {**body, "apiVersion": target.resource.api_version, "kind": wanted.kind, "metadata": dict(meta)}
    if target.namespace:
        obj["metadata"]["namespace"] = target.namespace
    if target.name:
        obj["metadata"]["name"] = target.name
    return obj


def _check_strings(meta: Obj) -> None:
    """Labels and annotations are strings; YAML's bare `true` and `1` are a common mistake."""
    for part in ("labels", "annotations"):
        values = meta.get(part)
        for name, value in values.items() if isinstance(values, dict) else ():
            if not isinstance(value, str):
                kind = "bool" if isinstance(value, bool) else "number"
                place = f"Go struct field ObjectMeta.metadata.{part} of type string"
                raise errors.bad_request(f"json: cannot unmarshal {kind} into {place} ({name})")
