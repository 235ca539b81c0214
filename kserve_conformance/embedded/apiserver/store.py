"""The embedded platform's etcd: objects with resourceVersion, optimistic concurrency, finalizers and a watch log.

Everything inside the platform talks through it, as the parts of a cluster talk through the API server. Calls are
synchronous; one event loop owns the store.
"""

from __future__ import annotations

import asyncio
import itertools
import uuid
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from kserve_conformance.embedded import errors
from kserve_conformance.embedded.apiserver.resources import Registry, Resource
from kserve_conformance.embedded.objects import Key, Obj, copy_of, is_terminating, key_of, now, random_suffix

EventType = Literal["ADDED", "MODIFIED", "DELETED"]
WATCH_LOG_LENGTH = 4096


@dataclass(frozen=True)
class Event:
    """One change of one object; `obj` must not be changed by whoever receives it."""

    type: EventType
    obj: Obj
    version: int


class Admission(Protocol):
    """Defaulting and validation before an object is stored."""

    def admit(self, resource: Resource, obj: Obj, old: Obj | None) -> Obj:
        """The object to store; raises ApiError when it is refused. `old` is None on create."""


class Watch:
    """A stream of changes to one resource, from a resourceVersion on. Close it when done."""

    def __init__(self, backlog: list[Event], on_close: Callable[[Watch], None]) -> None:
        self._queue: asyncio.Queue[Event | None] = asyncio.Queue()
        for event in backlog:
            self._queue.put_nowait(event)
        self._on_close = on_close

    def push(self, event: Event) -> None:
        self._queue.put_nowait(event)

    def close(self) -> None:
        self._on_close(self)
        self._queue.put_nowait(None)

    async def __aiter__(self) -> AsyncIterator[Event]:
        while (event := await self._queue.get()) is not None:
            yield event


class Store:
    """Create, read, update, delete and watch objects. Returned objects are the caller's own copies."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.admission: Admission | None = None
        self._objects: dict[Resource, dict[Key, Obj]] = defaultdict(dict)
        self._log: dict[Resource, deque[Event]] = defaultdict(lambda: deque(maxlen=WATCH_LOG_LENGTH))
        self._watches: dict[Resource, list[Watch]] = defaultdict(list)
        self._versions = itertools.count(1)
        self.version = 0

    def get(self, resource: Resource, namespace: str, name: str) -> Obj:
        """Raises ApiError 404."""
        found = self._objects[resource].get(Key(namespace, name))
        if found is None:
            raise errors.not_found(resource.group, resource.plural, name)
        return copy_of(found)

    def find(self, resource: Resource, namespace: str, name: str) -> Obj | None:
        found = self._objects[resource].get(Key(namespace, name))
        return copy_of(found) if found is not None else None

    def list(self, resource: Resource, namespace: str | None = None) -> list[Obj]:
        """All objects in name order; one namespace's, or every namespace's for None."""
        return [
            copy_of(obj)
            for key, obj in sorted(self._objects[resource].items())
            if namespace is None or key.namespace == namespace
        ]

    def create(self, resource: Resource, obj: Obj, *, dry_run: bool = False) -> Obj:
        """Raises ApiError 409 if the name is taken, 404 if the namespace does not exist, or what admission says."""
        fresh = copy_of(obj)
        meta = fresh.setdefault("metadata", {})
        if not meta.get("name") and meta.get("generateName"):
            meta["name"] = meta["generateName"] + random_suffix()
        fresh.setdefault("apiVersion", resource.api_version)
        fresh.setdefault("kind", resource.kind)
        self._check_namespace(resource, meta)
        key = key_of(fresh)
        if key in self._objects[resource]:
            raise errors.already_exists(resource.group, resource.plural, key.name)
        if "status" in resource.subresources and resource.group:
            fresh.pop("status", None)
        if self.admission is not None:
            fresh = self.admission.admit(resource, fresh, None)
        meta = fresh["metadata"]
        meta["uid"] = str(uuid.uuid4())
        meta["creationTimestamp"] = now()
        meta["generation"] = 1
        if dry_run:
            return fresh
        self._commit(resource, key, fresh, "ADDED")
        return copy_of(fresh)

    def update(self, resource: Resource, obj: Obj, *, subresource: str | None = None, dry_run: bool = False) -> Obj:
        """Replaces the object, or with `subresource="status"` its status only.

        Raises ApiError 404, 409 when `metadata.resourceVersion` is given and stale, or what admission says. An update
        that changes nothing makes no event.
        """
        key = key_of(obj)
        stored = self._objects[resource].get(key)
        if stored is None:
            raise errors.not_found(resource.group, resource.plural, key.name)
        expected = obj["metadata"].get("resourceVersion")
        if expected and expected != stored["metadata"]["resourceVersion"]:
            why = "the object has been modified; please apply your changes to the latest version and try again"
            raise errors.conflict(resource.group, resource.plural, key.name, why)
        fresh = copy_of(stored if subresource == "status" else obj)
        if subresource == "status":
            fresh["status"] = copy_of(obj).get("status", {})
        else:
            fresh = self._keep_system_fields(resource, fresh, stored)
            if self.admission is not None:
                fresh = self.admission.admit(resource, fresh, copy_of(stored))
            if any(fresh.get(part) != stored.get(part) for part in _spec_parts(fresh, stored)):
                fresh["metadata"]["generation"] = stored["metadata"].get("generation", 1) + 1
        if fresh == stored or dry_run:
            return fresh
        if is_terminating(fresh) and not fresh["metadata"].get("finalizers"):
            self._remove(resource, key, fresh)
        else:
            self._commit(resource, key, fresh, "MODIFIED")
        return copy_of(fresh)

    def delete(self, resource: Resource, namespace: str, name: str, *, grace_seconds: int | None = None) -> Obj:
        """Removes the object, or marks it terminating while finalizers or a pod's grace period hold it.

        Raises ApiError 404. The kubelet takes a pod away in the end, with a second delete and `grace_seconds=0`.
        """
        key = Key(namespace, name)
        stored = self._objects[resource].get(key)
        if stored is None:
            raise errors.not_found(resource.group, resource.plural, name)
        fresh = copy_of(stored)
        meta = fresh["metadata"]
        grace = 0
        if resource.kind == "Pod" and fresh["spec"].get("nodeName"):
            default = fresh["spec"].get("terminationGracePeriodSeconds", 30)
            grace = default if grace_seconds is None else grace_seconds
        if not meta.get("finalizers") and grace == 0:
            self._remove(resource, key, fresh)
            return fresh
        if "deletionTimestamp" not in meta or grace < meta.get("deletionGracePeriodSeconds", 0):
            meta["deletionTimestamp"] = meta.get("deletionTimestamp", now())
            meta["deletionGracePeriodSeconds"] = grace
            self._commit(resource, key, fresh, "MODIFIED")
        return copy_of(fresh)

    def watch(self, resource: Resource, since: int | None = None) -> Watch:
        """Changes after version `since`; without it, every existing object first, as ADDED.

        Raises ApiError 410 when the log no longer reaches back to `since`.
        """
        log = self._log[resource]
        if since is None:
            backlog = [
                Event("ADDED", obj, int(obj["metadata"]["resourceVersion"]))
                for _, obj in sorted(self._objects[resource].items())
            ]
        else:
            if log and len(log) == log.maxlen and log[0].version > since + 1:
                raise errors.expired(f"too old resource version: {since} ({log[0].version})")
            backlog = [event for event in log if event.version > since]
        watch = Watch(backlog, lambda closed: self._forget(resource, closed))
        self._watches[resource].append(watch)
        return watch

    def _forget(self, resource: Resource, watch: Watch) -> None:
        if watch in self._watches[resource]:
            self._watches[resource].remove(watch)

    def _check_namespace(self, resource: Resource, meta: Obj) -> None:
        if not resource.namespaced:
            meta.pop("namespace", None)
            return
        name = meta.setdefault("namespace", "default")
        namespaces = next(each for each in self._objects if each.kind == "Namespace" and not each.group)
        namespace = self._objects[namespaces].get(Key("", name))
        if namespace is None:
            raise errors.not_found("", "namespaces", name)
        if is_terminating(namespace):
            why = f"unable to create new content in namespace {name} because it is being terminated"
            raise errors.ApiError(403, "Forbidden", why)

    def _keep_system_fields(self, resource: Resource, fresh: Obj, stored: Obj) -> Obj:
        for field in (
            "uid",
            "creationTimestamp",
            "generation",
            "deletionTimestamp",
            "deletionGracePeriodSeconds",
        ):
            if field in stored["metadata"]:
                fresh["metadata"][field] = stored["metadata"][field]
        fresh["metadata"]["resourceVersion"] = stored["metadata"]["resourceVersion"]
        fresh.setdefault("apiVersion", resource.api_version)
        fresh.setdefault("kind", resource.kind)
        if "status" in resource.subresources:
            fresh.pop("status", None)
            if "status" in stored:
                fresh["status"] = copy_of(stored["status"])
        return fresh

    def _commit(self, resource: Resource, key: Key, obj: Obj, kind: EventType) -> None:
        self.version = next(self._versions)
        obj["metadata"]["resourceVersion"] = str(self.version)
        self._objects[resource][key] = copy_of(obj)
        self._announce(resource, Event(kind, self._objects[resource][key], self.version))

    def _remove(self, resource: Resource, key: Key, obj: Obj) -> None:
        self.version = next(self._versions)
        obj["metadata"]["resourceVersion"] = str(self.version)
        del self._objects[resource][key]
        self._announce(resource, Event("DELETED", copy_of(obj), self.version))

    def _announce(self, resource: Resource, event: Event) -> None:
        self._log[resource].append(event)
        for watch in tuple(self._watches[resource]):
            watch.push(event)


def _spec_parts(fresh: Obj, stored: Obj) -> set[str]:
    """Everything but metadata and status counts for `metadata.generation`."""
    return (set(fresh) | set(stored)) - {"metadata", "status", "apiVersion", "kind"}
