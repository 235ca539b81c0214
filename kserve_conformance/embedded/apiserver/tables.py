"""What `kubectl get` prints: Table answers (meta.k8s.io/v1), with the columns real servers and CRDs declare."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kserve_conformance.embedded.apiserver import stored_tables
from kserve_conformance.embedded.apiserver.cells import Cells, age, age_of, find
from kserve_conformance.embedded.apiserver.resources import (
    CONFIG_MAPS,
    CRDS,
    DEPLOYMENTS,
    ENDPOINT_SLICES,
    ENDPOINTS,
    EVENTS,
    LEASES,
    NAMESPACES,
    NODES,
    PODS,
    REPLICA_SETS,
    SECRETS,
    SERVICE_ACCOUNTS,
    SERVICES,
    Column,
    Resource,
)
from kserve_conformance.embedded.objects import Obj, is_terminating, is_true, labels_of

NAME = Column("Name", ".metadata.name")


def table(resource: Resource, objects: Sequence[Obj], *, version: str, head: bool = True, whole: bool = False) -> Obj:
    """`whole` puts complete objects into the rows (includeObject=Object) instead of their metadata."""
    names, cells = _layout(resource)
    named = resource != EVENTS  # whose names say nothing: they come last, in the wide form
    rows = []
    for obj in objects:
        shown = (
            obj
            if whole
            else {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": obj["metadata"]}
        )
        name = [stored_tables.shown_name(obj)] if named else []
        rows.append({"cells": [*name, *cells(obj)], "object": shown})
    answer: Obj = {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": {"resourceVersion": version},
        "rows": rows,
    }
    answer["columnDefinitions"] = []
    for column in [NAME, *names] if named else names:
        kind = "string" if column.type == "date" else column.type
        form = "name" if column.name == "Name" else ""
        definition = {"name": column.name, "type": kind, "format": form, "description": "", "priority": column.priority}
        answer["columnDefinitions"].append(definition)
    if not head:
        answer["columnDefinitions"] = None
    return answer


def _layout(resource: Resource) -> tuple[Sequence[Column], Cells]:
    if resource.columns:
        return resource.columns, lambda obj: [_shown(obj, each) for each in resource.columns]
    if resource in BUILT_IN:
        headings, cells = BUILT_IN[resource]
        return [Column(each.rstrip("+"), "", priority=int(each.endswith("+"))) for each in headings.split("|")], cells
    return [Column("Age", ".metadata.creationTimestamp", "date")], lambda obj: [age_of(obj)]


def _shown(obj: Obj, column: Column) -> Any:
    value = find(obj, column.path)
    if column.type == "date":
        return age(value)
    if isinstance(value, list):
        return "[" + ",".join(f'"{each}"' for each in value) + "]"
    return value


def _pod(pod: Obj) -> list[Any]:
    status = pod.get("status") or {}
    containers = status.get("containerStatuses") or []
    restarts = sum(each.get("restartCount", 0) for each in containers)
    ready = f"{sum(bool(each.get('ready')) for each in containers)}/{len(pod['spec']['containers'])}"
    place = [status.get("podIP") or "<none>", pod["spec"].get("nodeName") or "<none>", "<none>", "<none>"]
    return [ready, pod_state(pod), _restarts(pod, restarts), age_of(pod), *place]


def _restarts(pod: Obj, count: int) -> str:
    """With how long ago the last one was, when a previous run is known."""
    status = pod.get("status") or {}
    every = (*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ()))
    ends = [((each.get("lastState") or {}).get("terminated") or {}).get("finishedAt") for each in every]
    last = max((each for each in ends if each), default=None)
    return f"{count} ({age(last)} ago)" if count and last else str(count)


def pod_state(pod: Obj) -> str:
    """The STATUS column (kubernetes pkg/printers/internalversion printPod)."""
    status = pod.get("status") or {}
    state: str = status.get("reason") or status.get("phase", "Unknown")
    over = status.get("phase") in ("Succeeded", "Failed")
    if is_terminating(pod) and not over:
        return "Terminating"
    for index, each in enumerate(status.get("initContainerStatuses") or []):
        now = each.get("state") or {}
        ended = now.get("terminated")
        if ended is not None and ended.get("exitCode") == 0:
            continue
        if ended is not None:
            return "Init:" + (ended.get("reason") or f"ExitCode:{ended.get('exitCode')}")
        reason = (now.get("waiting") or {}).get("reason")
        if reason and reason != "PodInitializing":
            return f"Init:{reason}"
        return f"Init:{index}/{len(pod['spec']['initContainers'])}"
    running = False
    for each in reversed(status.get("containerStatuses") or []):
        now = each.get("state") or {}
        if (now.get("waiting") or {}).get("reason"):
            state = now["waiting"]["reason"]
        elif "terminated" in now:
            signal = now["terminated"].get("signal")
            code = f"Signal:{signal}" if signal else f"ExitCode:{now['terminated'].get('exitCode')}"
            state = now["terminated"].get("reason") or code
        elif "running" in now and each.get("ready"):
            running = True
    if state == "Completed" and running:
        state = "Running" if is_true(pod, "Ready") else "NotReady"
    return state


def _deployment(obj: Obj) -> list[Any]:
    status, wanted = obj.get("status") or {}, obj["spec"].get("replicas", 1)
    containers = obj["spec"]["template"]["spec"]["containers"]
    selector = ",".join(f"{name}={text}" for name, text in (obj["spec"]["selector"].get("matchLabels") or {}).items())
    return [
        f"{status.get('readyReplicas', 0)}/{wanted}",
        status.get("updatedReplicas", 0),
        status.get("availableReplicas", 0),
        age_of(obj),
        ",".join(each["name"] for each in containers),
        ",".join(each["image"] for each in containers),
        selector,
    ]


def _replica_set(obj: Obj) -> list[Any]:
    status = obj.get("status") or {}
    return [obj["spec"].get("replicas", 1), status.get("replicas", 0), status.get("readyReplicas", 0), age_of(obj)]


def _service(obj: Obj) -> list[Any]:
    spec, outside = obj["spec"], "<none>"
    kind = spec.get("type", "ClusterIP")
    balanced = find(obj, ".status.loadBalancer.ingress[*].ip")
    if kind == "ExternalName":
        outside = spec.get("externalName", "")
    elif kind == "LoadBalancer":
        outside = balanced or "<pending>"
    ports = [
        f"{each['port']}{':' + str(each['nodePort']) if each.get('nodePort') else ''}/{each.get('protocol', 'TCP')}"
        for each in spec.get("ports") or ()
    ]
    selector = ",".join(f"{name}={text}" for name, text in (spec.get("selector") or {}).items())
    return [
        kind,
        spec.get("clusterIP") or "<none>",
        outside,
        ",".join(ports) or "<none>",
        age_of(obj),
        selector or "<none>",
    ]


def _endpoints(obj: Obj) -> list[Any]:
    pairs = [
        f"{address['ip']}:{port['port']}"
        for subset in obj.get("subsets") or ()
        for address in subset.get("addresses") or ()
        for port in subset.get("ports") or ()
    ]
    return [",".join(pairs) or "<none>", age_of(obj)]


def _endpoint_slice(obj: Obj) -> list[Any]:
    addresses = [address for each in obj.get("endpoints") or () for address in each["addresses"]]
    ports = ",".join(str(each.get("port")) for each in obj.get("ports") or ())
    return [obj.get("addressType"), ports or "<unset>", ",".join(addresses) or "<unset>", age_of(obj)]


def _event(obj: Obj) -> list[Any]:
    about, source = obj.get("involvedObject") or {}, obj.get("source") or {}
    created = obj["metadata"].get("creationTimestamp")
    return [
        age(obj.get("lastTimestamp") or created),
        obj.get("type"),
        obj.get("reason"),
        f"{about.get('kind', '').lower()}/{about.get('name', '')}",
        about.get("fieldPath", ""),
        ", ".join(filter(None, (source.get("component"), source.get("host")))),
        (obj.get("message") or "").strip(),
        age(obj.get("firstTimestamp") or created),
        obj.get("count", 1),
        obj["metadata"]["name"],
    ]


def _node(node: Obj) -> list[Any]:
    prefix, information = "node-role.kubernetes.io/", find(node, ".status.nodeInfo") or {}
    roles = sorted(each.removeprefix(prefix) for each in labels_of(node) if each.startswith(prefix))
    addresses = {each["type"]: each["address"] for each in find(node, ".status.addresses") or ()}
    return [
        "Ready" if is_true(node, "Ready") else "NotReady",
        ",".join(roles) or "<none>",
        age_of(node),
        information.get("kubeletVersion"),
        addresses.get("InternalIP", "<none>"),
        addresses.get("ExternalIP", "<none>"),
        information.get("osImage") or "<unknown>",
        information.get("kernelVersion") or "<unknown>",
        information.get("containerRuntimeVersion") or "<unknown>",
    ]


BUILT_IN: dict[Resource, tuple[str, Cells]] = {
    PODS: ("Ready|Status|Restarts|Age|IP+|Node+|Nominated Node+|Readiness Gates+", _pod),
    DEPLOYMENTS: ("Ready|Up-to-date|Available|Age|Containers+|Images+|Selector+", _deployment),
    REPLICA_SETS: ("Desired|Current|Ready|Age", _replica_set),
    SERVICES: ("Type|Cluster-IP|External-IP|Port(s)|Age|Selector+", _service),
    ENDPOINTS: ("Endpoints|Age", _endpoints),
    ENDPOINT_SLICES: ("AddressType|Ports|Endpoints|Age", _endpoint_slice),
    LEASES: ("Holder|Age", lambda obj: [find(obj, ".spec.holderIdentity"), age_of(obj)]),
    EVENTS: ("Last Seen|Type|Reason|Object|Subobject+|Source+|Message|First Seen+|Count+|Name+", _event),
    NAMESPACES: ("Status|Age", lambda obj: [find(obj, ".status.phase"), age_of(obj)]),
    NODES: (
        "Status|Roles|Age|Version|Internal-IP+|External-IP+|OS-Image+|Kernel-Version+|Container-Runtime+",
        _node,
    ),
    CONFIG_MAPS: ("Data|Age", lambda obj: [len(obj.get("data") or {}), age_of(obj)]),
    SECRETS: ("Type|Data|Age", lambda obj: [obj.get("type", "Opaque"), len(obj.get("data") or {}), age_of(obj)]),
    SERVICE_ACCOUNTS: ("Secrets|Age", lambda obj: [len(obj.get("secrets") or ()), age_of(obj)]),
    **stored_tables.TABLES,
    CRDS: ("Created At", lambda obj: [obj["metadata"]["creationTimestamp"]]),
}
