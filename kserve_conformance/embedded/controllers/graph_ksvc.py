"""The Knative Service that runs an InferenceGraph's router (kserve inferencegraph/knative_reconciler.go)."""

from __future__ import annotations

import json
from typing import Any

from kserve_conformance.embedded import go
from kserve_conformance.embedded.apiserver.resources import CONFIG_MAPS, KNATIVE_SERVICES
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.controllers import names
from kserve_conformance.embedded.objects import (
    Obj,
    annotations_of,
    copy_of,
    is_terminating,
    labels_of,
    owner_reference,
)
from kserve_conformance.embedded.stacks import Stack

LABEL = "serving.kserve.io/inferencegraph"
AUTOSCALING = "autoscaling.knative.dev/"
# Of a graph's specification, the fields that are a pod's (0.11).
POD_FIELDS = ("affinity", "tolerations", "nodeSelector", "nodeName", "serviceAccountName")
READINESS = {
    "httpGet": {"path": "/readyz", "port": 8080, "scheme": "HTTP"},
    "initialDelaySeconds": 5,
    "timeoutSeconds": 2,
    "periodSeconds": 5,
    "successThreshold": 1,
    "failureThreshold": 3,
}
SECURITY = {
    "privileged": False,
    "runAsNonRoot": True,
    "readOnlyRootFilesystem": True,
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
}


def build(graph: Obj, store: Store, stack: Stack) -> Obj:
    """`graph` has the URL of every step."""
    meta, spec = graph["metadata"], graph["spec"]
    own = labels_of(graph)
    labels = {name: text for name, text in own.items() if name != names.VISIBILITY}
    pod: Obj = {"containers": [container(graph, store, stack)]}
    if stack.reports_mode:
        labels |= {LABEL: meta["name"], "serving.kserve.io/kind": "InferenceGraph"}
        pod |= pod_fields(graph)
        if spec.get("timeout") is not None:
            pod["timeoutSeconds"] = spec["timeout"]
    template = {"metadata": {"labels": labels, "annotations": _annotations(graph, stack)}, "spec": pod}
    return {
        "metadata": {
            "name": meta["name"],
            "namespace": meta["namespace"],
            "labels": own,
            "ownerReferences": [owner_reference(graph)],
        },
        "spec": {"template": template},
    }


def pod_fields(graph: Obj) -> Obj:
    """What a graph says about its pods; its router does not ask the API server for anything."""
    given = {each: graph["spec"][each] for each in POD_FIELDS if graph["spec"].get(each)}
    return {"automountServiceAccountToken": False, **given}


def container(graph: Obj, store: Store, stack: Stack) -> Obj:
    """The router's, with the graph as an argument and its resources from the ConfigMap."""
    config, spec = _config(store), graph["spec"]
    given = {"nodes": spec["nodes"]}
    resources: Obj = {
        what: {"cpu": config[f"cpu{kind}"], "memory": config[f"memory{kind}"]}
        for what, kind in (("limits", "Limit"), ("requests", "Request"))
    }
    made: Obj = {"image": config["image"]}
    if stack.reports_mode:
        given = {**spec, "resources": spec.get("resources") or {}}
        resources = spec.get("resources") or resources
        made |= {"readinessProbe": READINESS, "securityContext": SECURITY}
    made |= {"args": ["--graph-json", go.dumps(given).decode()], "resources": resources}
    propagated = (config.get("headers") or {}).get("propagate")
    if propagated is not None:
        made["env"] = [{"name": "PROPAGATE_HEADERS", "value": ",".join(propagated)}]
    return made


def bring_about(desired: Obj, store: Store) -> Obj:
    """Created, or changed when Knative's defaults leave a difference."""
    meta = desired["metadata"]
    found = store.find(KNATIVE_SERVICES, meta["namespace"], meta["name"])
    if found is None:
        return store.create(KNATIVE_SERVICES, desired)
    if is_terminating(found):
        return found
    fresh = copy_of(found)
    fresh["spec"], fresh["metadata"]["labels"] = desired["spec"], meta["labels"]
    changed = store.update(KNATIVE_SERVICES, fresh, dry_run=True)
    same = changed["spec"] == found["spec"] and labels_of(changed) == labels_of(found)
    return found if same else store.update(KNATIVE_SERVICES, fresh)


def _annotations(graph: Obj, stack: Stack) -> dict[str, str]:
    """The graph's own, and those its scaling asks for; before 0.11 it has one replica at least, whatever it says."""
    spec, annotations = graph["spec"], dict(annotations_of(graph))
    annotations.setdefault(f"{AUTOSCALING}class", "kpa.autoscaling.knative.dev")
    least = spec.get("minReplicas") if stack.reports_mode else None
    annotations[f"{AUTOSCALING}min-scale"] = str(1 if least is None else least)
    if stack.reports_mode:
        for field, name in (("scaleTarget", "target"), ("scaleMetric", "metric"), ("maxReplicas", "max-scale")):
            if spec.get(field):
                annotations[AUTOSCALING + name] = str(spec[field])
    return annotations


def _config(store: Store) -> dict[str, Any]:
    found = store.find(CONFIG_MAPS, "kserve", "inferenceservice-config") or {}
    config: dict[str, Any] = json.loads((found.get("data") or {}).get("router") or "{}")
    return config
