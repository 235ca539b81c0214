"""POST, PUT, PATCH and DELETE on objects and collections."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiohttp import web

from kserve_conformance.embedded import errors
from kserve_conformance.embedded.apiserver import answers, apply, bodies, effects, fields, patches, validation
from kserve_conformance.embedded.apiserver.bodies import WriteOptions
from kserve_conformance.embedded.apiserver.crds import CLEANUP
from kserve_conformance.embedded.apiserver.gc import FOREGROUND, ORPHAN
from kserve_conformance.embedded.apiserver.reading import form_of, keep
from kserve_conformance.embedded.apiserver.resources import BUILT_IN, CRDS, NAMESPACES, Resource
from kserve_conformance.embedded.apiserver.routing import Target, number
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.faults import Faults
from kserve_conformance.embedded.objects import Obj, copy_of

PROPAGATION = {"Foreground": FOREGROUND, "Orphan": ORPHAN, "Background": None}
STRATEGIC = "application/strategic-merge-patch+json"
Conform = Callable[[Resource, Obj, str, Obj | None], list[str]]


class Writer:
    """Answers everything but GET for one store."""

    def __init__(self, store: Store, stack: str, conform: Conform, faults: Faults) -> None:
        """`conform` fits an object of a user's kind to its schema."""
        self._store = store
        self._faults = faults
        self._stack = stack
        self._conform = conform

    async def create(self, request: web.Request, target: Target) -> web.Response:
        asked = bodies.options(request)
        obj = bodies.checked(target, await bodies.read(request))
        meta = obj["metadata"]
        if not meta.get("name") and not meta.get("generateName"):
            why = "metadata.name: Required value: name or generateName is required"
            raise errors.invalid(target.resource.group, target.resource.kind, "", why)
        warnings = self._checked(target, obj, asked, None)
        for field in ("resourceVersion", "uid", "creationTimestamp", "deletionTimestamp", "generation"):
            meta.pop(field, None)
        persists = asked.dry_run and self._faults.fires("dry-run-persists", target.namespace or "")  # F019
        created = self._store.create(target.resource, obj, dry_run=asked.dry_run and not persists)
        return self._answer(request, target, created, 201, warnings)

    async def replace(self, request: web.Request, target: Target) -> web.Response:
        asked = bodies.options(request)
        obj = bodies.checked(target, await bodies.read(request))
        stored = self._store.look_at(target.resource, target.place, target.name)
        warnings = self._checked(target, obj, asked, stored)
        if target.resource not in BUILT_IN and not obj["metadata"].get("resourceVersion"):
            why = "metadata.resourceVersion: Invalid value: 0: must be specified for an update"
            raise errors.invalid(target.resource.group, target.resource.kind, target.name, why)
        return self._answer(request, target, self._update(target, obj, asked), 200, warnings)

    async def patch(self, request: web.Request, target: Target) -> web.Response:
        kind = request.content_type
        if kind not in bodies.PATCH_TYPES or (kind == STRATEGIC and target.resource not in BUILT_IN):
            raise bodies.unsupported(*(each for each in bodies.PATCH_TYPES if each != STRATEGIC))
        asked = bodies.options(request)
        change = await bodies.read(request)
        if kind == "application/apply-patch+yaml":
            return self._apply(request, target, change, asked)
        stored = self._store.look_at(target.resource, target.place, target.name)
        patched = bodies.checked(target, target.outgoing(patched_with(kind, copy_of(stored), change)))
        warnings = self._checked(target, patched, asked, stored)
        if kind != "application/json-patch+json" and not _names_a_version(change):
            patched["metadata"].pop("resourceVersion", None)
        _check_unchanged(target, patched, stored)
        return self._answer(request, target, self._update(target, patched, asked), 200, warnings)

    async def delete(self, request: web.Request, target: Target) -> web.Response:
        body = await bodies.read(request)
        asked = bodies.options(request, body)
        wish = _delete_options(request, body)
        if not target.name:
            return self._delete_collection(request, target, wish, asked)
        stored = self._store.look_at(target.resource, target.place, target.name)
        for field, expected in (wish.get("preconditions") or {}).items():
            if expected and stored["metadata"][field] != expected:
                label = "UID" if field == "uid" else "ResourceVersion"
                why = (
                    f"Precondition failed: {label} in precondition: {expected}, {label} in object meta: "
                    f"{stored['metadata'][field]}"
                )
                raise errors.conflict(target.resource.group, target.resource.plural, target.name, why)
        gone = self._delete(target, stored, wish, asked)
        still = asked.dry_run or self._store.find(target.resource, target.place, target.name) is not None
        if still or target.resource.kind == "Pod":
            return answers.json(form_of(request).one(target, gone))
        return answers.json(answers.success(target, gone))

    def _delete_collection(self, request: web.Request, target: Target, wish: Obj, asked: WriteOptions) -> web.Response:
        found = self._store.look(target.resource, target.namespace, keep(request.query, target))
        gone = [self._delete(target, each, wish, asked) for each in found]
        meta: Obj = {"resourceVersion": str(self._store.version)}
        return answers.json(form_of(request).many(target, gone, meta))

    def _delete(self, target: Target, stored: Obj, wish: Obj, asked: WriteOptions) -> Obj:
        policy = wish.get("propagationPolicy")
        if policy is None and wish.get("orphanDependents"):
            policy = "Orphan"
        if policy is not None and policy not in PROPAGATION:
            known = ", ".join(f'"{each}"' for each in sorted(PROPAGATION))
            why = f'propagationPolicy: Unsupported value: "{policy}": supported values: {known}'
            raise errors.ApiError(422, "Invalid", f'DeleteOptions.meta.k8s.io "" is invalid: {why}')
        return self._store.delete(
            target.resource,
            stored["metadata"].get("namespace", ""),
            stored["metadata"]["name"],
            grace_seconds=wish.get("gracePeriodSeconds"),
            finalizer=CLEANUP if target.resource is CRDS else PROPAGATION.get(policy or "Background"),
            dry_run=asked.dry_run,
        )

    def _apply(self, request: web.Request, target: Target, change: Any, asked: WriteOptions) -> web.Response:
        if not request.query.get("fieldManager"):
            why = "fieldManager: Required value: is required for apply patch"
            raise errors.ApiError(422, "Invalid", f'PatchOptions.meta.k8s.io "" is invalid: {why}')
        applied = bodies.checked(target, change)
        warnings = fields.check(target.served, applied, asked.validation, stack=self._stack)
        stored = self._store.find(target.resource, target.place, target.name)
        part = target.subresource or None
        merged = apply.merge(stored, applied, manager=asked.manager, force=asked.force, subresource=part)
        warnings += self._conform(target.served, merged, asked.validation, stored)
        if not part:
            validation.check(target.resource, merged)
            warnings += effects.warnings(target.resource, merged)
        if stored is None:
            if part:
                raise errors.not_found(target.resource.group, target.resource.plural, target.name)
            created = self._store.create(target.resource, merged, dry_run=asked.dry_run)
            return self._answer(request, target, created, 201, warnings)
        return self._answer(request, target, self._update(target, merged, asked), 200, warnings)

    def _checked(self, target: Target, obj: Obj, asked: WriteOptions, stored: Obj | None) -> list[str]:
        """Raises ApiError 400 or 422 for what the kind's own rules refuse."""
        warnings = fields.check(target.served, obj, asked.validation, stack=self._stack, old=stored)
        warnings += self._conform(target.served, obj, asked.validation, stored)
        if not target.subresource:
            validation.check(target.resource, obj)
            warnings += effects.warnings(target.resource, obj)
        return warnings

    def _update(self, target: Target, obj: Obj, asked: WriteOptions) -> Obj:
        part = "status" if target.subresource == "status" else None
        if target.resource is NAMESPACES and part is None and target.subresource != "finalize":
            # Only /finalize changes the finalizers in a namespace's specification.
            stored = self._store.look_at(NAMESPACES, "", target.name)
            obj = {**obj, "spec": stored["spec"]}
        return self._store.update(target.resource, obj, subresource=part, dry_run=asked.dry_run)

    def _answer(self, request: web.Request, target: Target, obj: Obj, status: int, warnings: list[str]) -> web.Response:
        response = answers.json(form_of(request).one(target, obj), status=status)
        for each in warnings:
            if not each.isprintable():
                continue  # no header; so does apimachinery pkg/util/net NewWarningHeader
            text = each.replace("\\", "\\\\").replace('"', '\\"')
            response.headers.add("Warning", f'299 - "{text}"')
        return response


def patched_with(kind: str, obj: Obj, change: Any) -> Obj:
    """Raises ApiError 400 or 422."""
    if kind == "application/json-patch+json":
        if not isinstance(change, list) or not all(isinstance(each, dict) for each in change):
            raise errors.bad_request(
                "error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch"
            )
        return patches.json_patch(obj, change)
    if not isinstance(change, dict):
        raise errors.bad_request("error decoding patch: the patch is no object")
    merge = patches.strategic_merge if kind == STRATEGIC else patches.merge_patch
    try:
        merged: Obj = merge(obj, change)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise errors.bad_request(f"error decoding patch: it does not fit the object: {error}") from None
    return merged


def _names_a_version(change: Obj) -> bool:
    meta = change.get("metadata")
    return isinstance(meta, dict) and bool(meta.get("resourceVersion"))


def _check_unchanged(target: Target, patched: Obj, stored: Obj) -> None:
    """A patch that names a uid means that very object."""
    uid = patched["metadata"].get("uid")
    if uid and uid != stored["metadata"]["uid"]:
        why = f"Precondition failed: UID in precondition: {uid}, UID in object meta: {stored['metadata']['uid']}"
        raise errors.conflict(target.resource.group, target.resource.plural, target.name, why)


def _delete_options(request: web.Request, body: Any) -> Obj:
    wish: Obj = dict(body) if isinstance(body, dict) else {}
    query = request.query
    grace = number(query, "gracePeriodSeconds")
    if grace is not None:
        wish.setdefault("gracePeriodSeconds", grace)
    for name in ("propagationPolicy", "orphanDependents"):
        if query.get(name):
            wish.setdefault(name, query[name])
    return wish
