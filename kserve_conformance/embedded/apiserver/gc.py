"""What the controller manager does behind every object: owner references, emptying namespaces, ageing events.

Owner references follow kubernetes pkg/controller/garbagecollector: background deletion takes dependents when their last
owner has gone; foreground deletion takes them first; orphan deletion cuts them loose.
"""

from __future__ import annotations

import asyncio
import datetime
import logging
from collections import defaultdict
from dataclasses import dataclass

from kserve_conformance.embedded.apiserver.changes import Event
from kserve_conformance.embedded.apiserver.resources import EVENTS, NAMESPACES, Resource
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.errors import ApiError
from kserve_conformance.embedded.objects import Key, Obj, is_terminating, key_of
from kserve_conformance.embedded.settings import Delays

log = logging.getLogger(__name__)

FOREGROUND, ORPHAN = "foregroundDeletion", "orphan"
EVENTS_LIVE = datetime.timedelta(hours=1)  # apiserver --event-ttl
EVENTS_KEPT = 5000
LOOK_AFTER_EVENTS = 60.0


@dataclass(frozen=True)
class Item:
    """One object, by place and identity: its name may be taken anew meanwhile."""

    resource: Resource
    key: Key
    uid: str


class GarbageCollector:
    """Watches the whole store through its listeners, so that kinds defined later take part as well."""

    def __init__(self, store: Store, delays: Delays) -> None:
        self._store = store
        self._delays = delays
        self._changed: asyncio.Queue[tuple[Resource, Event]] = asyncio.Queue()
        self._items: dict[str, Item] = {}
        self._dependents: dict[str, set[Item]] = defaultdict(set)
        self._in_namespace: dict[str, set[Item]] = defaultdict(set)
        self._owners: dict[str, frozenset[str]] = {}

    async def run(self) -> None:
        """Until cancelled."""
        for resource in tuple(self._store.registry):
            if self._store.registry.storage(resource) is resource:
                for obj in self._store.look(resource):
                    self._note(resource, Event("ADDED", obj, 0))
        self._store.listeners.append(self._note)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._collect())
                tasks.create_task(self._age_events())
        finally:
            self._store.listeners.remove(self._note)

    def _note(self, resource: Resource, event: Event) -> None:
        """Keeps the indexes at once, in the store's own order; acting on them waits for the loop."""
        item = Item(resource, key_of(event.obj), event.obj["metadata"]["uid"])
        owners = frozenset(each["uid"] for each in event.obj["metadata"].get("ownerReferences") or ())
        gone = event.type == "DELETED"
        for uid in self._owners.get(item.uid, frozenset()) - (frozenset() if gone else owners):
            self._dependents[uid].discard(item)
            if not self._dependents[uid]:
                del self._dependents[uid]
            self._ask_about(uid)
        if gone:
            self._owners.pop(item.uid, None)
            self._items.pop(item.uid, None)
            self._in_namespace[item.key.namespace].discard(item)
        else:
            for uid in owners:
                self._dependents[uid].add(item)
            if owners:
                self._owners[item.uid] = owners
            self._items[item.uid] = item
            self._in_namespace[item.key.namespace].add(item)
        if gone or is_terminating(event.obj) or (owners and event.type == "ADDED"):
            self._changed.put_nowait((resource, event))
        if gone:
            self._ask_about_namespace(item.key.namespace)

    def _ask_about(self, uid: str) -> None:
        """An owner that waits for its dependents has one less."""
        owner = self._items.get(uid)
        if owner is not None:
            found = self._store.find(owner.resource, owner.key.namespace, owner.key.name)
            if found is not None and is_terminating(found):
                self._changed.put_nowait((owner.resource, Event("MODIFIED", found, 0)))

    def _ask_about_namespace(self, name: str) -> None:
        if not name or self._in_namespace[name]:
            return
        del self._in_namespace[name]
        namespace = self._store.find(NAMESPACES, "", name)
        if namespace is not None and is_terminating(namespace):
            self._changed.put_nowait((NAMESPACES, Event("MODIFIED", namespace, 0)))

    async def _collect(self) -> None:
        while True:
            batch = [await self._changed.get()]
            await asyncio.sleep(self._delays.pick(self._delays.watch))
            while not self._changed.empty():
                batch.append(self._changed.get_nowait())
            for resource, event in batch:
                try:
                    self._act(resource, event)
                except ApiError as error:
                    log.info("garbage collector: %s: %s", key_of(event.obj), error)
                except Exception:
                    log.exception("garbage collector: %s", key_of(event.obj))
                await asyncio.sleep(0)

    def _act(self, resource: Resource, event: Event) -> None:
        uid = event.obj["metadata"]["uid"]
        if event.type == "DELETED":
            for dependent in tuple(self._dependents.get(uid, ())):
                self._release(dependent, uid)
            return
        key = key_of(event.obj)
        obj = self._store.find(resource, key.namespace, key.name)
        if obj is None or obj["metadata"]["uid"] != uid:
            return
        if resource is NAMESPACES and is_terminating(obj):
            self._empty(obj)
        elif is_terminating(obj):
            self._finish(resource, obj)
        else:
            for owner in self._owners.get(uid, ()):
                if owner not in self._items:
                    self._release(Item(resource, key, uid), owner)

    def _release(self, dependent: Item, owner: str) -> None:
        """Deletes a dependent whose last owner has gone; of several owners, only the reference goes."""
        obj = self._current(dependent)
        if obj is None:
            return
        references = obj["metadata"].get("ownerReferences") or []
        left = [each for each in references if each["uid"] != owner and each["uid"] in self._items]
        if left:
            obj["metadata"]["ownerReferences"] = left
            self._store.update(dependent.resource, obj)
        elif not is_terminating(obj):
            self._store.delete(dependent.resource, dependent.key.namespace, dependent.key.name)

    def _finish(self, resource: Resource, obj: Obj) -> None:
        """The collector's own finalizers."""
        finalizers = obj["metadata"].get("finalizers") or []
        uid = obj["metadata"]["uid"]
        dependents = tuple(self._dependents.get(uid, ()))
        if ORPHAN in finalizers:
            for dependent in dependents:
                self._orphan(dependent, uid)
            self._without(resource, obj, ORPHAN)
        elif FOREGROUND in finalizers:
            blocking = [each for each in dependents if self._blocks(each, uid)]
            for dependent in dependents:
                found = self._current(dependent)
                if found is not None and not is_terminating(found):
                    finalizer = FOREGROUND if dependent in blocking else None
                    key = dependent.key
                    self._store.delete(dependent.resource, key.namespace, key.name, finalizer=finalizer)
            if not blocking:
                self._without(resource, obj, FOREGROUND)

    def _blocks(self, dependent: Item, owner: str) -> bool:
        obj = self._current(dependent)
        references = (obj or {}).get("metadata", {}).get("ownerReferences") or ()
        return any(each["uid"] == owner and each.get("blockOwnerDeletion") for each in references)

    def _orphan(self, dependent: Item, owner: str) -> None:
        obj = self._current(dependent)
        if obj is not None:
            references = obj["metadata"].get("ownerReferences") or []
            obj["metadata"]["ownerReferences"] = [each for each in references if each["uid"] != owner]
            self._store.update(dependent.resource, obj)

    def _without(self, resource: Resource, obj: Obj, finalizer: str) -> None:
        current = self._store.find(resource, obj["metadata"].get("namespace", ""), obj["metadata"]["name"])
        if current is not None and finalizer in (current["metadata"].get("finalizers") or ()):
            current["metadata"]["finalizers"].remove(finalizer)
            self._store.update(resource, current)

    def _empty(self, namespace: Obj) -> None:
        """Deletes everything in a terminating namespace, then lets the namespace itself go."""
        name = namespace["metadata"]["name"]
        inside = tuple(self._in_namespace.get(name, ()))
        for item in inside:
            found = self._current(item)
            if found is not None and not is_terminating(found):
                self._store.delete(item.resource, name, item.key.name)
        if not self._in_namespace.get(name):
            namespace["spec"]["finalizers"] = []
            self._store.update(NAMESPACES, namespace)

    def _current(self, item: Item) -> Obj | None:
        found = self._store.find(item.resource, item.key.namespace, item.key.name)
        return found if found is not None and found["metadata"]["uid"] == item.uid else None

    async def _age_events(self) -> None:
        while True:
            await asyncio.sleep(LOOK_AFTER_EVENTS)
            oldest = (datetime.datetime.now(datetime.UTC) - EVENTS_LIVE).strftime("%Y-%m-%dT%H:%M:%SZ")
            events = self._store.look(EVENTS)
            events.sort(key=lambda each: str(each.get("lastTimestamp") or each["metadata"]["creationTimestamp"]))
            surplus = len(events) - EVENTS_KEPT
            for index, each in enumerate(events):
                stamp = each.get("lastTimestamp") or each["metadata"]["creationTimestamp"]
                if index >= surplus and stamp >= oldest:
                    break
                key = key_of(each)
                self._store.delete(EVENTS, key.namespace, key.name)
