"""The embedded platform's etcd: objects with resourceVersion, optimistic concurrency, finalizers and a watch log.

Everything inside the platform talks through it, as the parts of a cluster talk through the API server. Calls are
synchronous; one event loop owns the store.
"""

from __future__ import annotations

import datetime
import itertools
import uuid
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Protocol

from kserve_conformance.embedded import errors
from kserve_conformance.embedded.apiserver.changes import WATCH_LOG_LENGTH, Event, EventType, Watch
from kserve_conformance.embedded.apiserver.defaults import Defaults
from kserve_conformance.embedded.apiserver.resources import NAMESPACES, Registry, Resource
from kserve_conformance.embedded.objects import Key, Obj, copy_of, is_terminating, key_of, now, random_suffix


class Admission(Protocol):
    """Defaulting and validation before an object is stored."""

    def admit(self, resource: Resource, obj: Obj, old: Obj | None) -> Obj:
        """The object to store; raises ApiError when it is refused. `old` is None on create."""


class Store:
    """Create, read, update, delete and watch objects. Returned objects are the caller's own copies."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.admission: Admission | None = None
        self._defaults = Defaults()
        self._objects: dict[Resource, dict[Key, Obj]] = defaultdict(dict)
        self._log: dict[Resource, deque[Event]] = defaultdict(lambda: deque(maxlen=WATCH_LOG_LENGTH))
        self._watches: dict[Resource, list[Watch]] = defaultdict(list)
        self.listeners: list[Callable[[Resource, Event], None]] = []
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

    def look(
        self, resource: Resource, namespace: str | None = None, where: Callable[[Obj], bool] | None = None
    ) -> list[Obj]:
        """The stored objects themselves in name order, for whoever only reads them: they must not be changed.

        All of them, or one namespace's; those that `where` keeps.
        """
        found = {
            key: obj
            for key, obj in self._objects[resource].items()
            if (namespace is None or key.namespace == namespace) and (where is None or where(obj))
        }
        return [found[key] for key in sorted(found)]

    def look_back(self, resource: Resource, version: int) -> list[Obj]:
        """As `look`, but as it was at that version. Raises ApiError 410 when the log does not reach back so far."""
        log, objects = self._log[resource], dict(self._objects[resource])
        if log and len(log) == log.maxlen and log[0].version > version + 1:
            raise errors.expired(f"The provided resource version is too old: {version} ({log[0].version})")
        for event in reversed(log):
            if event.version <= version:
                break
            if event.old is None:
                objects.pop(key_of(event.obj), None)
            else:
                objects[key_of(event.obj)] = event.old
        return [objects[name] for name in sorted(objects)]

    def look_at(self, resource: Resource, namespace: str, name: str) -> Obj:
        """As `get`, but the stored object itself. Raises ApiError 404."""
        found = self._objects[resource].get(Key(namespace, name))
        if found is None:
            raise errors.not_found(resource.group, resource.plural, name)
        return found

    def look_for(self, resource: Resource, namespace: str, name: str) -> Obj | None:
        """As `find`, but the stored object itself."""
        return self._objects[resource].get(Key(namespace, name))

    def list(
        self, resource: Resource, namespace: str | None = None, where: Callable[[Obj], bool] | None = None
    ) -> list[Obj]:
        """All objects in name order; one namespace's, or every namespace's for None; those that `where` keeps."""
        return [copy_of(obj) for obj in self.look(resource, namespace, where)]

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
        _tidy(meta)
        self._defaults.fill(resource, fresh, None)
        if self.admission is not None:
            fresh = self.admission.admit(resource, fresh, None)
        meta = fresh["metadata"]
        meta["uid"] = str(uuid.uuid4())
        meta["creationTimestamp"] = now()
        if resource.group:  # kinds of the core group have no generation
            meta["generation"] = 1
        if resource.kind == "Namespace":
            fresh["spec"] = {"finalizers": ["kubernetes"]}
            fresh["status"] = {"phase": "Active"}
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
            _tidy(fresh["metadata"])
            self._defaults.fill(resource, fresh, stored)
            if self.admission is not None:
                fresh = self.admission.admit(resource, fresh, copy_of(stored))
            if resource.group and any(fresh.get(part) != stored.get(part) for part in _spec_parts(fresh, stored)):
                fresh["metadata"]["generation"] = stored["metadata"].get("generation", 1) + 1
        if fresh == stored or dry_run:
            return fresh
        if _is_over(fresh) and _holds(stored) and not _holds(fresh):
            self._remove(resource, key, fresh)
        else:
            self._commit(resource, key, fresh, "MODIFIED")
        return copy_of(fresh)

    def delete(
        self,
        resource: Resource,
        namespace: str,
        name: str,
        *,
        grace_seconds: int | None = None,
        finalizer: str | None = None,
        dry_run: bool = False,
    ) -> Obj:
        """Removes the object, or marks it terminating while finalizers or a pod's grace period hold it.

        `finalizer` is one more that holds it from now on: what foreground and orphan deletion do. The deletion time of
        a pod lies its grace period ahead, as on a cluster. Raises ApiError 404. The kubelet takes a pod away in the
        end, with a second delete and `grace_seconds=0`.
        """
        stored = self.look_at(resource, namespace, name)
        fresh = copy_of(stored)
        meta = fresh["metadata"]
        if finalizer and finalizer not in (meta.get("finalizers") or ()):
            meta["finalizers"] = [*(meta.get("finalizers") or ()), finalizer]
        grace = _grace(resource, fresh, grace_seconds)
        if dry_run:
            return fresh
        if not _holds(fresh) and grace == 0:
            self._remove(resource, Key(namespace, name), fresh)
            return fresh
        if "deletionTimestamp" not in meta or grace < meta.get("deletionGracePeriodSeconds", 0):
            meta["deletionTimestamp"] = _from_now(grace)
            meta["deletionGracePeriodSeconds"] = grace
            if resource.group and "generation" in meta:
                meta["generation"] += 1
            if resource.kind == "Namespace":
                fresh["status"] = {"phase": "Terminating"}
        if fresh != stored:
            self._commit(resource, Key(namespace, name), fresh, "MODIFIED")
        return copy_of(fresh)

    def watch(self, resource: Resource, since: int | None = None) -> Watch:
        """Changes after version `since`; without it, every existing object first, as ADDED.

        Raises ApiError 410 when the log no longer reaches back to `since`.
        """
        log = self._log[resource]
        if since is None:
            backlog = [Event("ADDED", obj, int(obj["metadata"]["resourceVersion"])) for obj in self.look(resource)]
        else:
            if log and len(log) == log.maxlen and log[0].version > since + 1:
                raise errors.expired(f"too old resource version: {since} ({log[0].version})")
            backlog = [event for event in log if event.version > since]
        watch = Watch(backlog, lambda closed: self._forget(resource, closed))
        self._watches[resource].append(watch)
        return watch

    @property
    def watchers(self) -> int:
        """How many watches are open."""
        return sum(len(each) for each in self._watches.values())

    def _forget(self, resource: Resource, watch: Watch) -> None:
        if watch in self._watches[resource]:
            self._watches[resource].remove(watch)

    def _check_namespace(self, resource: Resource, meta: Obj) -> None:
        if not resource.namespaced:
            meta.pop("namespace", None)
            return
        name = meta.setdefault("namespace", "default")
        namespace = self._objects[NAMESPACES].get(Key("", name))
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
        old = self._objects[resource].get(key)
        self._objects[resource][key] = copy_of(obj)
        self._announce(resource, Event(kind, self._objects[resource][key], self.version, old))

    def _remove(self, resource: Resource, key: Key, obj: Obj) -> None:
        self.version = next(self._versions)
        obj["metadata"]["resourceVersion"] = str(self.version)
        old = self._objects[resource].pop(key)
        self._announce(resource, Event("DELETED", copy_of(obj), self.version, old))

    def _announce(self, resource: Resource, event: Event) -> None:
        self._log[resource].append(event)
        for watch in tuple(self._watches[resource]):
            watch.push(event)
        for listener in self.listeners:
            listener(resource, event)


def _tidy(meta: Obj) -> None:
    """Empty maps and lists of the metadata are left out, as Go leaves them out."""
    for field in ("labels", "annotations", "finalizers", "ownerReferences"):
        if field in meta and not meta[field]:
            del meta[field]


def _spec_parts(fresh: Obj, stored: Obj) -> set[str]:
    """Everything but metadata and status counts for `metadata.generation`."""
    return (set(fresh) | set(stored)) - {"metadata", "status", "apiVersion", "kind"}


def _grace(resource: Resource, obj: Obj, asked: int | None) -> int:
    """Seconds until the object goes: only a pod on a node gets any."""
    if resource.kind != "Pod" or not obj["spec"].get("nodeName"):
        return 0
    default: int = obj["spec"].get("terminationGracePeriodSeconds", 30)
    return default if asked is None else asked


def _from_now(seconds: int) -> str:
    moment = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _is_over(obj: Obj) -> bool:
    """Being deleted, with no grace period left (apiserver registry ShouldDeleteDuringUpdate)."""
    return is_terminating(obj) and not obj["metadata"].get("deletionGracePeriodSeconds")


def _holds(obj: Obj) -> bool:
    """Finalizers keep an object; a namespace has one of its own in its specification."""
    return bool(obj["metadata"].get("finalizers")) or (
        obj["kind"] == "Namespace" and bool((obj.get("spec") or {}).get("finalizers"))
    )
