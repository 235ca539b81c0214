"""Where the steps of an InferenceGraph lead: the URL of an InferenceService's inference (kserve utils/utils.go)."""

from __future__ import annotations

from kserve_conformance.embedded.apiserver.resources import (
    CLUSTER_SERVING_RUNTIMES,
    INFERENCE_SERVICES,
    SERVING_RUNTIMES,
)
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.objects import Obj, copy_of
from kserve_conformance.embedded.stacks import Stack

PATHS = {"v1": "/v1/models/{}:predict", "v2": "/v2/models/{}/infer"}


class NotReadyError(Exception):
    """A service of the graph is not there, or has no address yet."""


def resolved(graph: Obj, store: Store, stack: Stack) -> Obj:
    """The graph with a URL for every step that names a service. Raises NotReadyError."""
    graph = copy_of(graph)
    for node in graph["spec"]["nodes"].values():
        for step in node.get("steps") or ():
            if step.get("serviceName"):
                step["serviceUrl"] = _url(step["serviceName"], graph["metadata"]["namespace"], store, stack)
    return graph


def _url(name: str, namespace: str, store: Store, stack: Stack) -> str:
    isvc = store.find(INFERENCE_SERVICES, namespace, name)
    if isvc is None:
        raise NotReadyError(f"Failed to find graph service {name}")
    address = ((isvc.get("status") or {}).get("address") or {}).get("url")
    if not address:
        raise NotReadyError(f"service {name} is not ready")
    if stack.address_has_path:
        return str(address)
    return str(address) + PATHS.get(_protocol(isvc, store), "").format(model_name(isvc))


def model_name(isvc: Obj) -> str:
    """What the model server calls the model: its environment, its argument, or else the service's name."""
    spec = isvc["spec"]
    transformers = (spec.get("transformer") or {}).get("containers") or ()
    if transformers and (named := _from_args(transformers[0])):
        return named
    model = spec["predictor"].get("model")
    for each in (model or {}).get("env") or ():
        if each["name"] == "MLSERVER_MODEL_NAME":
            return str(each.get("value", ""))
    container: Obj = model or next(iter(spec["predictor"].get("containers") or ()), {})
    return _from_args(container) or str(isvc["metadata"]["name"])


def _from_args(container: Obj) -> str:
    args = container.get("args") or []
    for index, each in enumerate(args):
        if each.startswith("--model_name="):
            return str(each.removeprefix("--model_name="))
        if each == "--model_name" and index + 1 < len(args):
            return str(args[index + 1])
    return ""


def _protocol(isvc: Obj, store: Store) -> str:
    """A runtime that is named speaks the first protocol of its list that a graph can speak."""
    spec = isvc["spec"]
    model = spec["predictor"].get("model")
    custom = spec.get("transformer") or (spec["predictor"] if model is None else None)
    if custom is not None:
        env = [each for container in custom.get("containers") or () for each in container.get("env") or ()]
        return next((str(each.get("value")) for each in env if each["name"] == "PROTOCOL"), "v1")
    assert model is not None
    if model.get("runtime"):
        runtime = store.find(SERVING_RUNTIMES, isvc["metadata"]["namespace"], model["runtime"])
        runtime = runtime or store.find(CLUSTER_SERVING_RUNTIMES, "", model["runtime"])
        spoken = ((runtime or {}).get("spec") or {}).get("protocolVersions") or ()
        if spoken:
            return next((each for each in spoken if each in PATHS), "")
    return str(model.get("protocolVersion") or "v1")
