"""Which runtime serves a model (kserve pkg/apis/serving/v1beta1/predictor_model.go, components/predictor.go)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kserve_conformance.embedded.apiserver.resources import CLUSTER_SERVING_RUNTIMES, SERVING_RUNTIMES
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.objects import Obj, annotations_of
from kserve_conformance.embedded.stacks import Stack

PROTOCOLS = ("v1", "v2", "grpc-v1", "grpc-v2")


@dataclass(frozen=True)
class Runtime:
    """The runtime chosen for a model."""

    name: str
    spec: Obj
    annotations: dict[str, str]
    cluster: bool


class InvalidSpecError(Exception):
    """No runtime can serve the model: reason and message for modelStatus, and the text of the error itself."""

    def __init__(self, reason: str, message: str, error: str) -> None:
        super().__init__(error)
        self.reason = reason
        self.message = message


def choose(
    store: Store, namespace: str, model: Obj, stack: Stack, *, overlooks: Callable[[str], bool] = lambda _: False
) -> Runtime:
    """The runtime the model names, or the best that supports it; `overlooks` says which defects it is chosen with.

    Raises InvalidSpecError.
    """
    if model.get("runtime"):
        return _named(store, namespace, model)
    found = next(_supporting(store, namespace, model, stack, overlooks), None)
    if found is None:
        version = model["modelFormat"].get("version")
        # KServe prints its Go struct, in which the version is a pointer.
        shown = f"{{{model['modelFormat']['name']} {'<nil>' if version is None else version}}}"
        raise InvalidSpecError(
            "NoSupportingRuntime",
            "No runtime found to support specified framework/version",
            f"no runtime found to support predictor with model type: {shown}",
        )
    return found


def _named(store: Store, namespace: str, model: Obj) -> Runtime:
    name = model["runtime"]
    local = store.find(SERVING_RUNTIMES, namespace, name)
    found = local or store.find(CLUSTER_SERVING_RUNTIMES, "", name)
    if found is None:
        error = f"No ServingRuntimes or ClusterServingRuntimes with the name: {name}"
        raise InvalidSpecError("RuntimeNotRecognized", "Waiting for runtime to become available", error)
    runtime = Runtime(name, found["spec"], annotations_of(found), cluster=local is None)
    if runtime.spec.get("disabled"):
        what = f"specified runtime {name} is disabled"
        raise InvalidSpecError("RuntimeDisabled", "Specified runtime is disabled", what)
    protocol = model.get("protocolVersion")
    if protocol and not _speaks(runtime.spec, protocol):
        what = "does not support specified protocol version"
        raise InvalidSpecError("NoSupportingRuntime", f"Specified runtime {what}", f"specified runtime {name} {what}")
    if not _supports(runtime.spec, model["modelFormat"], only_auto=False):
        what = "does not support specified framework/version"
        raise InvalidSpecError("NoSupportingRuntime", f"Specified runtime {what}", f"specified runtime {name} {what}")
    return runtime


def _supporting(
    store: Store, namespace: str, model: Obj, stack: Stack, overlooks: Callable[[str], bool]
) -> Iterator[Runtime]:
    """All that could, best first: the namespace's own before the cluster's."""
    protocol = model.get("protocolVersion") or ("v1" if stack.runtime_priority else None)
    for resource, where in ((SERVING_RUNTIMES, namespace), (CLUSTER_SERVING_RUNTIMES, None)):
        candidates = [
            each
            for each in store.list(resource, where)
            if (not each["spec"].get("disabled") or overlooks("disabled-runtime-chosen"))  # F289
            and not each["spec"].get("multiModel")
            and "workerSpec" not in each["spec"]
            and _supports(each["spec"], model["modelFormat"], only_auto=True)
            and (protocol is None or _speaks(each["spec"], protocol) or overlooks("protocol-not-looked-at"))  # F291
        ]
        candidates.sort(key=lambda each: str(each["metadata"]["name"]))
        candidates.sort(key=lambda each: str(each["metadata"]["creationTimestamp"]), reverse=True)
        candidates.sort(key=lambda each: _protocol_rank(each["spec"]))
        if stack.runtime_priority and not (len(candidates) > 1 and overlooks("priority-ignored")):  # F290
            candidates.sort(key=lambda each: -_priority(each["spec"], model["modelFormat"]["name"]))
        for each in candidates:
            yield Runtime(each["metadata"]["name"], each["spec"], annotations_of(each), cluster=where is None)


def _supports(spec: Obj, wanted: Obj, *, only_auto: bool) -> bool:
    """A format without a version is asked for: any version of it will do."""
    for each in spec.get("supportedModelFormats") or ():
        if each["name"] != wanted["name"] or (only_auto and not each.get("autoSelect")):
            continue
        if wanted.get("version") is None or wanted["version"] == each.get("version"):
            return True
    return False


def _speaks(spec: Obj, protocol: str) -> bool:
    return not spec.get("protocolVersions") or protocol in spec["protocolVersions"]


def _protocol_rank(spec: Obj) -> int:
    spoken = spec.get("protocolVersions") or ()
    return min((PROTOCOLS.index(each) for each in spoken if each in PROTOCOLS), default=len(PROTOCOLS))


def _priority(spec: Obj, name: str) -> int:
    """Runtimes without a priority come last."""
    formats = spec.get("supportedModelFormats") or ()
    return next((each["priority"] for each in formats if each["name"] == name and "priority" in each), -1)
