"""An InferenceGraph's router in Standard mode, which has no way in from outside (kserve inferencegraph/raw_ig.go)."""

from __future__ import annotations

from kserve_conformance.embedded.apiserver.resources import DEPLOYMENTS, HORIZONTAL_POD_AUTOSCALERS, SERVICES
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.controllers import graph_ksvc, isvc_standard
from kserve_conformance.embedded.controllers.components import Component, Workload
from kserve_conformance.embedded.objects import Obj, annotations_of, is_terminating, labels_of
from kserve_conformance.embedded.stacks import Stack

ROUTER = Component("router", ready="Ready", route="", configuration="")


def bring_about(graph: Obj, store: Store, stack: Stack) -> Obj:
    """The Deployment, as it is now. `graph` has the URL of every step."""
    name = str(graph["metadata"]["name"])
    workload = Workload(
        component=ROUTER,
        name=name,
        labels={**labels_of(graph), graph_ksvc.LABEL: name},
        annotations=annotations_of(graph),
        pod_spec={
            **graph_ksvc.pod_fields(graph),
            "containers": [{"name": name, **graph_ksvc.container(graph, store, stack)}],
        },
        spec=graph["spec"],
    )
    return isvc_standard.bring_about(graph, workload, store, stack)


def remove(graph: Obj, store: Store) -> None:
    meta = graph["metadata"]
    for resource in (HORIZONTAL_POD_AUTOSCALERS, DEPLOYMENTS, SERVICES):
        found = store.find(resource, meta["namespace"], meta["name"])
        if found is not None and not is_terminating(found):
            store.delete(resource, meta["namespace"], meta["name"])
