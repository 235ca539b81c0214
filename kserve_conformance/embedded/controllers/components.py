"""The parts of an InferenceService, all of one shape, and the port through which each is deployed.

kserve pkg/controller/v1beta1/inferenceservice/components; names and conditions: pkg/constants/constants.go,
pkg/apis/serving/v1beta1/inference_service_status.go.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Protocol

from kserve_conformance.embedded.admission.credentials import PLACEHOLDER
from kserve_conformance.embedded.admission.storage_initializer import SOURCE, SPEC, SPEC_KEY, SPEC_PARAMETERS
from kserve_conformance.embedded.objects import Obj, annotations_of, labels_of
from kserve_conformance.embedded.stacks import Stack

AUTOSCALING = "autoscaling.knative.dev/"
LOGGER, BATCHER = "internal.serving.kserve.io/logger", "internal.serving.kserve.io/batcher"
# Annotations of the service that stay with it.
NOT_COPIED = (
    f"{AUTOSCALING}min-scale",
    f"{AUTOSCALING}max-scale",
    SOURCE,
    "kubectl.kubernetes.io/last-applied-configuration",
)


@dataclass(frozen=True)
class Component:
    """`name` is its field in `spec` and its key in `status.components`; the rest are its condition types."""

    name: str
    ready: str
    route: str
    configuration: str


PREDICTOR = Component("predictor", "PredictorReady", "PredictorRouteReady", "PredictorConfigurationReady")
TRANSFORMER = Component("transformer", "TransformerReady", "TransformerRouteReady", "TransformerConfigurationReady")
EXPLAINER = Component("explainer", "ExplainerReady", "ExplainerRoutesReady", "ExplainerConfigurationReady")
COMPONENTS = (PREDICTOR, TRANSFORMER, EXPLAINER)


@dataclass(frozen=True)
class Workload:
    """What is to run for a component, however it is deployed. `spec` are the component's fields of the service:
    replicas, traffic, timeouts."""

    component: Component
    name: str
    labels: dict[str, str]
    annotations: dict[str, str]
    pod_spec: Obj
    spec: Obj


@dataclass(frozen=True)
class Deployed:
    """The pods of the newest deployment of a component; `failed` when what runs them says that it does not work,
    `revisions` whether it keeps any, of which the newest may not be the one that is ready."""

    pods: list[Obj]
    failed: bool
    revisions: bool = True


class ComponentError(Exception):
    """A component could not be brought about; the text is the event's."""


class Maker(Protocol):
    """Knows one kind of component."""

    def workload(self, isvc: Obj) -> Workload:
        """Raises ComponentError."""


class Deployment(Protocol):
    """One way to run a component."""

    def deploy(self, isvc: Obj, workload: Workload) -> Deployed:
        """Brings it about, and puts what has become of it into `isvc["status"]`. Raises ComponentError."""

    def remove(self, isvc: Obj, component: Component) -> None:
        """Takes away what `deploy` made."""


def of(isvc: Obj) -> list[Component]:
    return [each for each in COMPONENTS if isvc["spec"].get(each.name) is not None]


def name_of(isvc: Obj, component: Component, stack: Stack) -> str:
    """Of the object that runs it."""
    return f"{isvc['metadata']['name']}-{component.name}{stack.component_ending}"


def status_of(isvc: Obj, component: Component) -> Obj:
    found: Obj = ((isvc.get("status") or {}).get("components") or {}).get(component.name) or {}
    return found


def storage_uri(spec: Obj) -> str | None:
    """The model's, or what a container of the user's own says in its environment."""
    uri = (spec.get("model") or {}).get("storageUri")
    if uri is not None:
        return str(uri)
    for container in spec.get("containers") or ():
        for each in container.get("env") or ():
            if each["name"] == "STORAGE_URI":
                return str(each.get("value", ""))
    return None


def labels_for(isvc: Obj, component: Component, runtime: Obj | None = None) -> dict[str, str]:
    """The runtime's, then the service's, then the component's own."""
    return {
        **((runtime or {}).get("labels") or {}),
        **labels_of(isvc),
        **(isvc["spec"][component.name].get("labels") or {}),
        "serving.kserve.io/inferenceservice": isvc["metadata"]["name"],
        "component": component.name,
    }


def annotations_for(
    isvc: Obj, component: Component, stack: Stack, *, source: str | None, runtime: Obj | None = None
) -> dict[str, str]:
    """In the same order, without those that KServe keeps to itself. `source` is the model's URI."""
    refused = not_copied(stack)

    def copied(found: dict[str, str] | None) -> dict[str, str]:
        return {name: value for name, value in (found or {}).items() if name not in refused}

    return {
        **copied((runtime or {}).get("annotations")),
        **copied(annotations_of(isvc)),
        **_storage(isvc["spec"][component.name]),
        **({SOURCE: source} if source is not None else {}),
        **_sidecar(isvc, component, stack),
        **copied(isvc["spec"][component.name].get("annotations")),
    }


def _storage(spec: Obj) -> dict[str, str]:
    """How the pod mutator learns where `storage` says that a model is (component.go, addStorageSpecAnnotations)."""
    storage = (spec.get("model") or {}).get("storage")
    if storage is None:
        return {}
    said = {SPEC: "true"}
    if storage.get("parameters") is not None:
        said[SPEC_PARAMETERS] = json.dumps(storage["parameters"], separators=(",", ":"), sort_keys=True)
    if storage.get("key") is not None:
        said[SPEC_KEY] = storage["key"]
    if storage.get("path") is not None:
        said[SOURCE] = PLACEHOLDER + storage["path"].removeprefix("/")
    return said


def _sidecar(isvc: Obj, component: Component, stack: Stack) -> dict[str, str]:
    """What tells the pod mutator to add the agent. Explainers are not batched (components/component.go)."""
    spec = isvc["spec"][component.name]
    logger, batcher = spec.get("logger"), spec.get("batcher") if component is not EXPLAINER else None
    found: dict[str, str] = {}
    if logger is not None:
        found |= {LOGGER: "true", f"{LOGGER}-mode": logger["mode"]}
        if logger.get("url") is not None:
            found[f"{LOGGER}-sink-url"] = logger["url"]
        for field, name in (("metadataHeaders", "metadata-headers"), ("metadataAnnotations", "metadata-annotations")):
            if stack.runtime_priority and logger.get(field) is not None:
                found[f"{LOGGER}-{name}"] = ",".join(logger[field])
    if batcher is not None:
        found[BATCHER] = "true"
        for field, name in (("maxBatchSize", "max-batchsize"), ("maxLatency", "max-latency"), ("timeout", "timeout")):
            if batcher.get(field) is not None and not (field == "timeout" and stack.runtime_priority):
                found[f"{BATCHER}-{name}"] = str(batcher[field])
    return found


def not_copied(stack: Stack) -> tuple[str, ...]:
    return (*NOT_COPIED, "modelFormat") if stack.reports_mode else NOT_COPIED
