"""Kubernetes Events, with repeated ones counted instead of repeated (client-go tools/record)."""

from __future__ import annotations

import itertools

from kserve_conformance.embedded.apiserver.resources import EVENTS
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.errors import ApiError
from kserve_conformance.embedded.objects import Obj, now

_serial = itertools.count(1)


class Recorder:
    """Writes events about objects in the name of one component."""

    def __init__(self, store: Store, component: str) -> None:
        self._store = store
        self._component = component
        self._written: dict[tuple[str, str, str], tuple[str, str]] = {}

    def record(self, about: Obj, kind: str, reason: str, message: str) -> None:
        """`kind` is Normal or Warning. Events in a namespace that is going are dropped, as on a cluster."""
        meta = about["metadata"]
        namespace = meta.get("namespace") or "default"
        same = (meta["uid"], reason, message)
        if same in self._written:
            found = self._store.find(EVENTS, *self._written[same])
            if found is not None:
                found["count"] += 1
                found["lastTimestamp"] = now()
                self._store.update(EVENTS, found)
                return
        name = f"{meta['name']}.{next(_serial):016x}"
        try:
            self._store.create(EVENTS, self._event(about, namespace, name, kind, reason, message))
        except ApiError:
            return
        self._written[same] = (namespace, name)

    def _event(self, about: Obj, namespace: str, name: str, kind: str, reason: str, message: str) -> Obj:
        meta = about["metadata"]
        return {
            "metadata": {"name": name, "namespace": namespace},
            "involvedObject": {
                "apiVersion": about["apiVersion"],
                "kind": about["kind"],
                "name": meta["name"],
                "namespace": meta.get("namespace", ""),
                "uid": meta["uid"],
                "resourceVersion": meta.get("resourceVersion", ""),
            },
            "type": kind,
            "reason": reason,
            "message": message,
            "count": 1,
            "firstTimestamp": now(),
            "lastTimestamp": now(),
            "eventTime": None,
            "source": {"component": self._component},
            "reportingComponent": self._component,
            "reportingInstance": "",
        }
