"""Which node a pod runs on (kubernetes pkg/scheduler)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from kserve_conformance.embedded.apiserver.resources import NODES, PODS, Resource
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.controllers.horizontal import quantity
from kserve_conformance.embedded.controllers.runtime import Mapper
from kserve_conformance.embedded.controllers.workloads import NODE
from kserve_conformance.embedded.events import Recorder
from kserve_conformance.embedded.objects import Key, Obj, key_of, now, set_condition
from kserve_conformance.embedded.settings import Delays

TRY_AGAIN = 5.0


class Scheduler:
    """There is one node, and all that is not greater than it fits on it together; a decision takes a moment."""

    def __init__(self, store: Store, delays: Delays) -> None:
        self._store = store
        self._delays = delays
        self._events = Recorder(store, "default-scheduler")
        self._seen: set[str] = set()

    @property
    def sources(self) -> Mapping[Resource, Mapper]:
        return {PODS: lambda pod: [] if pod["spec"].get("nodeName") else [key_of(pod)]}

    def reconcile(self, key: Key) -> float | None:
        pod = self._store.find(PODS, key.namespace, key.name)
        if pod is None or pod["spec"].get("nodeName"):
            return None
        uid = pod["metadata"]["uid"]
        if uid not in self._seen:
            self._seen.add(uid)
            return self._delays.pick(self._delays.scheduling)
        if (why := _lacking(pod, self._store.find(NODES, "", NODE))) is not None:
            return self._refuse(pod, f"0/1 nodes are available: 1 Insufficient {why}.")
        self._seen.discard(uid)
        pod["spec"]["nodeName"] = NODE
        pod = self._store.update(PODS, pod)
        status = pod.setdefault("status", {})
        status.setdefault("phase", "Pending")
        set_condition(status.setdefault("conditions", []), "PodScheduled", "True")
        status["startTime"] = now()
        self._store.update(PODS, pod, subresource="status")
        message = f"Successfully assigned {key} to {NODE}"
        self._events.record(pod, "Normal", "Scheduled", message)
        return None

    def _refuse(self, pod: Obj, message: str) -> float:
        status = pod.setdefault("status", {})
        status.setdefault("phase", "Pending")
        conditions = status.setdefault("conditions", [])
        set_condition(conditions, "PodScheduled", "False", reason="Unschedulable", message=message)
        self._store.update(PODS, pod, subresource="status")
        self._events.record(pod, "Warning", "FailedScheduling", message)
        return TRY_AGAIN


def _lacking(pod: Obj, node: Obj | None) -> str | None:
    """The first of a node's resources that the pod's containers together ask more of than there is."""
    asked: dict[str, float] = defaultdict(float)
    for container in pod["spec"]["containers"]:
        for name, text in ((container.get("resources") or {}).get("requests") or {}).items():
            asked[name] += quantity(text)
    there = node["status"]["allocatable"] if node else {}
    short = (name for name, wanted in sorted(asked.items()) if name in there and wanted > quantity(there[name]))
    return next(short, None)
