"""The InferenceGraph controller (kserve pkg/controller/v1alpha1/inferencegraph/controller.go)."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping

from kserve_conformance.embedded.apiserver.resources import DEPLOYMENTS, INFERENCE_GRAPHS, KNATIVE_SERVICES, Resource
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.controllers import graph_ksvc, graph_standard, graph_steps, modes
from kserve_conformance.embedded.controllers.occasions import Occasions
from kserve_conformance.embedded.controllers.runtime import Mapper, write_status
from kserve_conformance.embedded.controllers.standard_hosts import public_host
from kserve_conformance.embedded.controllers.workloads import itself, owner_of_kind
from kserve_conformance.embedded.events import Recorder
from kserve_conformance.embedded.faults import Faults
from kserve_conformance.embedded.objects import (
    Key,
    Obj,
    annotations_of,
    condition,
    copy_of,
    is_terminating,
    is_true,
    now,
)
from kserve_conformance.embedded.stacks import Stack

STOP = "serving.kserve.io/stop"
FIRST_RETRY, LAST_RETRY = 0.1, 16.0

log = logging.getLogger(__name__)


class InferenceGraphReconciler:
    """Runs a graph's router as a Knative Service, and shows that Service's conditions as the graph's."""

    def __init__(self, store: Store, stack: Stack, faults: Faults) -> None:
        self._store = store
        self._stack = stack
        self._occasions = Occasions(faults)
        self._events = Recorder(store, "InferenceGraphController")
        self._failures: Counter[Key] = Counter()

    @property
    def sources(self) -> Mapping[Resource, Mapper]:
        owned = owner_of_kind("InferenceGraph")
        return {INFERENCE_GRAPHS: itself, **dict.fromkeys((KNATIVE_SERVICES, DEPLOYMENTS), owned)}

    def reconcile(self, key: Key) -> float | None:
        graph = self._store.find(INFERENCE_GRAPHS, key.namespace, key.name)
        if graph is None or is_terminating(graph):
            self._failures.pop(key, None)
            return None
        if self._stack.stopped_condition and annotations_of(graph).get(STOP, "").lower() == "true":
            self._stop(graph)
            return None
        try:
            resolved = graph_steps.resolved(graph, self._store, self._stack)
        except graph_steps.NotReadyError as error:
            return self._later(key, str(error))
        if modes.is_standard(graph, self._store) and not self._stack.reports_mode:
            return self._later(key, "RawDeployment mode is not supported for InferenceGraph")
        self._failures.pop(key, None)
        if modes.is_standard(graph, self._store):
            self._report_deployment(graph, graph_standard.bring_about(resolved, self._store, self._stack))
        else:
            desired = graph_ksvc.build(resolved, self._store, self._stack)
            service = graph_ksvc.bring_about(desired, self._store)
            self._report(graph, service.get("status") or {})
            if is_true(graph, "Ready") and self._occasions.fires("graph-leaves-its-router", graph):  # F209
                service["metadata"]["ownerReferences"] = []
                self._store.update(KNATIVE_SERVICES, service)
        return None

    def _later(self, key: Key, why: str) -> float:
        """What goes wrong shows nowhere but in the controller's log."""
        log.info("graph %s: %s", key, why)
        self._failures[key] += 1
        return min(FIRST_RETRY * 2.0 ** min(self._failures[key], 10), LAST_RETRY)

    def _report_deployment(self, graph: Obj, deployment: Obj) -> None:
        """Ready once the Deployment says whether it is available, whatever it says (raw_ig.go, PropagateRawStatus)."""
        if condition(deployment, "Available") is None:
            return
        host = public_host(graph["metadata"]["name"], graph, self._store)
        conditions = [_condition(graph, "Ready", "True"), _condition(graph, "Stopped", "False")]
        self._write(graph, conditions, f"http://{host}", (deployment.get("status") or {}).get("observedGeneration"))

    def _report(self, graph: Obj, service: Obj) -> None:
        conditions = [dict(each) for each in service.get("conditions") or ()]
        url = service.get("url") if is_true({"status": service}, "Ready") else None
        if self._stack.stopped_condition:
            conditions.append(_condition(graph, "Stopped", "False"))
        self._write(graph, conditions, url)

    def _stop(self, graph: Obj) -> None:
        meta = graph["metadata"]
        service = self._store.find(KNATIVE_SERVICES, meta["namespace"], meta["name"])
        if service is not None and not is_terminating(service):
            self._store.delete(KNATIVE_SERVICES, meta["namespace"], meta["name"])
        graph_standard.remove(graph, self._store)
        ready = {**_condition(graph, "Ready", "False"), "reason": "Stopped"}
        self._write(graph, [_condition(graph, "Stopped", "True"), ready], None)

    def _write(self, graph: Obj, conditions: list[Obj], url: str | None, observed: int | None = None) -> None:
        before = graph.get("status") or {}
        was = is_true(graph, "Ready")
        graph["status"] = copy_of(before)
        graph["status"]["conditions"] = conditions
        graph["status"].pop("url", None)
        if observed is not None:
            graph["status"]["observedGeneration"] = observed
        if url is not None:
            graph["status"]["url"] = url
        if graph["status"] == before:
            return
        write_status(self._store, INFERENCE_GRAPHS, graph)
        name, ready = graph["metadata"]["name"], is_true(graph, "Ready")
        if was and not ready:
            text = f"InferenceGraph [{name}] is no longer Ready"
            self._events.record(graph, "Warning", "InferenceGraphNotReady", text)
        elif ready and not was:
            self._events.record(graph, "Normal", "InferenceGraphReady", f"InferenceGraph [{name}] is Ready")


def _condition(graph: Obj, kind: str, status: str) -> Obj:
    old = condition(graph, kind)
    when = old["lastTransitionTime"] if old is not None and old["status"] == status else now()
    return {"type": kind, "status": status, "lastTransitionTime": when}
