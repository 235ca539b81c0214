"""Which Routes a Revision or Configuration is behind (serving pkg/reconciler/labeler): reserve revisions may be scaled
to zero and collected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from kserve_conformance.embedded.apiserver.resources import CONFIGURATIONS, REVISIONS, ROUTES, Resource
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.controllers import names
from kserve_conformance.embedded.controllers.runtime import Mapper
from kserve_conformance.embedded.controllers.workloads import itself
from kserve_conformance.embedded.objects import (
    Key,
    Obj,
    annotations_of,
    condition,
    controller_of,
    is_terminating,
    key_of,
    labels_of,
    now,
)


class Labeler:
    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def sources(self) -> Mapping[Resource, Mapper]:
        return {ROUTES: itself, CONFIGURATIONS: self._routes_of, REVISIONS: self._routes_of}

    def reconcile(self, key: Key) -> float | None:
        route = self._store.find(ROUTES, key.namespace, key.name)
        if route is None or is_terminating(route):
            self._clear(key, REVISIONS, ())
            self._clear(key, CONFIGURATIONS, ())
            return None
        revisions, configurations = self._listed(route)
        # What is no longer listed is let go once the gateway has moved on, or will not move.
        ready = condition(route, "Ready") or {}
        seen = (route.get("status") or {}).get("observedGeneration") == route["metadata"]["generation"]
        if seen and ready.get("status") in ("True", "False"):
            self._clear(key, REVISIONS, revisions)
            self._clear(key, CONFIGURATIONS, configurations)
        for resource, listed in ((REVISIONS, revisions), (CONFIGURATIONS, configurations)):
            for name in sorted(listed):
                found = self._store.find(resource, key.namespace, name)
                if found is not None and not is_terminating(found):
                    self._mark(resource, found, {*_routes(found), key.name})
        return None

    def _routes_of(self, changed: Obj) -> list[Key]:
        """That list it, or its Configuration, or have listed it."""
        meta = changed["metadata"]
        owner = controller_of(changed, "Configuration")
        names_it = {meta["name"], owner.name if owner else meta["name"]}
        marked = _routes(changed)

        def lists(route: Obj) -> bool:
            return route["metadata"]["name"] in marked or any(
                names_it & {target.get("configurationName"), target.get("revisionName")} for target in _targets(route)
            )

        return [key_of(each) for each in self._store.look(ROUTES, meta["namespace"], where=lists)]

    def _listed(self, route: Obj) -> tuple[set[str], set[str]]:
        """Of the traffic as it is and as it is meant to be, with the newest revision of what follows the latest."""
        namespace = route["metadata"]["namespace"]
        revisions: set[str] = set()
        configurations: set[str] = set()
        for target in _targets(route):
            owner = target.get("configurationName")
            name = target.get("revisionName")
            if name:
                revision = self._store.find(REVISIONS, namespace, name)
                if revision is None:
                    continue
                revisions.add(name)
                by = controller_of(revision, "Configuration")
                owner = by.name if by else owner
            configuration = self._store.find(CONFIGURATIONS, namespace, owner) if owner else None
            if configuration is not None:
                configurations.add(str(owner))
                newest = (configuration.get("status") or {}).get("latestCreatedRevisionName")
                if newest and target.get("latestRevision"):
                    revisions.add(newest)
        return revisions, configurations

    def _clear(self, route: Key, resource: Resource, listed: Iterable[str]) -> None:
        def let_go(each: Obj) -> bool:
            kept = each["metadata"]["name"] in listed or is_terminating(each)
            return route.name in _routes(each) and not kept

        for each in self._store.list(resource, route.namespace, where=let_go):
            self._mark(resource, each, _routes(each) - {route.name})

    def _mark(self, resource: Resource, obj: Obj, routes: set[str]) -> None:
        meta = obj["metadata"]
        annotations = {**annotations_of(obj), names.ROUTES: ",".join(sorted(routes))}
        if not routes:
            del annotations[names.ROUTES]
        if resource is REVISIONS:
            state = "active" if routes else "reserve"
            if labels_of(obj).get(names.ROUTING_STATE) != state:
                meta["labels"] = {**labels_of(obj), names.ROUTING_STATE: state}
                annotations[names.ROUTING_STATE_MODIFIED] = now()
        meta["annotations"] = annotations
        self._store.update(resource, obj)


def _targets(route: Obj) -> Iterator[Obj]:
    """Of the traffic as it is and as it is meant to be."""
    yield from (route.get("status") or {}).get("traffic") or ()
    yield from route["spec"].get("traffic") or ()


def _routes(obj: Obj) -> set[str]:
    text = annotations_of(obj).get(names.ROUTES, "")
    return set(text.split(",")) if text else set()
