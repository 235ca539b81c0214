"""The scale subresource (autoscaling/v1): the number of replicas, seen and set without the rest of the object."""

from __future__ import annotations

from aiohttp import web

from kserve_conformance.embedded import errors
from kserve_conformance.embedded.apiserver import answers, bodies
from kserve_conformance.embedded.apiserver.cells import find
from kserve_conformance.embedded.apiserver.kinds import ScalePaths
from kserve_conformance.embedded.apiserver.routing import Target
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.apiserver.writing import patched_with
from kserve_conformance.embedded.objects import Obj, copy_of


async def answer(store: Store, request: web.Request, target: Target) -> web.Response:
    """Raises ApiError 405 for a method that scale does not have."""
    paths = target.served.scale or ScalePaths()
    stored = store.look_at(target.resource, target.place, target.name)
    if request.method == "GET":
        return answers.json(_scale(stored, paths))
    if request.method == "PUT":
        asked = await bodies.read(request)
    elif request.method == "PATCH":
        asked = patched_with(request.content_type, _scale(stored, paths), await bodies.read(request))
    else:
        raise errors.ApiError(
            405, "MethodNotAllowed", "the server does not allow this method on the requested resource"
        )
    replicas = (asked.get("spec") or {}).get("replicas", 0)
    if not isinstance(replicas, int) or replicas < 0:
        why = f"spec.replicas: Invalid value: {replicas}: must be greater than or equal to 0"
        raise errors.invalid("autoscaling", "Scale", target.name, why)
    fresh = copy_of(store.look_at(target.resource, target.place, target.name))
    expected = (asked.get("metadata") or {}).get("resourceVersion")
    if expected:
        fresh["metadata"]["resourceVersion"] = expected
    _put(fresh, paths.spec_replicas, replicas)
    dry_run = bodies.options(request).dry_run
    return answers.json(_scale(store.update(target.resource, fresh, dry_run=dry_run), paths))


def _scale(obj: Obj, paths: ScalePaths) -> Obj:
    meta = {
        name: obj["metadata"][name]
        for name in ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
        if name in obj["metadata"]
    }
    if paths.label_selector is None:
        labels = (obj["spec"].get("selector") or {}).get("matchLabels") or {}
        selector = ",".join(f"{name}={value}" for name, value in labels.items())
    else:
        selector = find(obj, paths.label_selector) or ""
    status: Obj = {"replicas": find(obj, paths.status_replicas) or 0}
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": meta,
        "spec": {"replicas": find(obj, paths.spec_replicas) or 0},
        "status": status | ({"selector": selector} if selector else {}),
    }


def _put(obj: Obj, path: str, value: int) -> None:
    *parents, last = path.strip(".").split(".")
    for name in parents:
        obj = obj.setdefault(name, {})
    obj[last] = value
