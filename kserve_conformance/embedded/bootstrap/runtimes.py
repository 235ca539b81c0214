"""The ClusterServingRuntimes that come with KServe, from `runtimes.yaml`."""

from __future__ import annotations

from collections.abc import Iterator

from kserve_conformance.embedded.bootstrap import files
from kserve_conformance.embedded.objects import Obj
from kserve_conformance.embedded.stacks import Stack

CONTAINER = "kserve-container"
SERVER_TYPE = "serving.kserve.io/server-type"
SHARED_MEMORY = "devshm"


def cluster_serving_runtimes(stack: Stack) -> Iterator[Obj]:
    for entry in files.filled(files.read("runtimes.yaml"), files.versions(stack)):
        if stack.name in entry["formats"]:
            yield _runtime(entry, stack)


def _runtime(entry: Obj, stack: Stack) -> Obj:
    metadata: Obj = {"name": entry["name"]}
    if stack.runtime_priority:
        metadata["annotations"] = {SERVER_TYPE: entry["name"].removeprefix("kserve-")}
    port = entry.get("metrics_port", "8080")
    spec: Obj = {
        "annotations": {"prometheus.kserve.io/port": port, "prometheus.kserve.io/path": "/metrics"},
        "supportedModelFormats": [_format(each, entry, stack) for each in entry["formats"][stack.name]],
        "containers": [_container(entry, stack)],
    }
    if entry["protocols"][stack.name]:
        spec["protocolVersions"] = entry["protocols"][stack.name]
    if entry.get("shared_memory"):
        spec["volumes"] = [{"name": SHARED_MEMORY, "emptyDir": {"medium": "Memory"}}]
    return {"metadata": metadata, "spec": spec}


def _format(text: str, entry: Obj, stack: Stack) -> Obj:
    name, _, version = text.partition("/")
    found: Obj = {"name": name, "version": version}
    if name not in entry.get("manual", ()):
        found["autoSelect"] = True
    if stack.runtime_priority and name not in entry.get("unranked", ()):
        found["priority"] = entry.get("priorities", {}).get(name, entry["priority"])
    return found


def _container(entry: Obj, stack: Stack) -> Obj:
    image = entry["image"]
    container: Obj = {"name": CONTAINER, "image": image if isinstance(image, str) else image[stack.name]}
    for part in ("command", "args"):
        if part in entry:
            container[part] = entry[part]
    env = {**entry.get("env", {}), **entry.get(f"{stack.name}_env", {})}
    if env:
        container["env"] = [{"name": name, "value": value} for name, value in env.items()]
    quantity = {"cpu": "1", "memory": "2Gi"}
    container["resources"] = {"requests": quantity, "limits": quantity}
    if entry.get("shared_memory"):
        container["volumeMounts"] = [{"name": SHARED_MEMORY, "mountPath": "/dev/shm"}]
    if stack.runtime_priority:
        context = {"allowPrivilegeEscalation": False, "privileged": False, "capabilities": {"drop": ["ALL"]}}
        user = {"runAsUser": entry["user"]} if "user" in entry else {}
        container["securityContext"] = {**user, **context, "runAsNonRoot": True}
        container.update(entry.get("extra", {}))
    return container
