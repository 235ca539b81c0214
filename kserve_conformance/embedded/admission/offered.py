"""What this platform does not emulate is refused in plain words: never accepted and then done by half."""

from __future__ import annotations

import json
from collections.abc import Iterator

from kserve_conformance.embedded import errors
from kserve_conformance.embedded.admission.isvc_defaults import MODE_ANNOTATION
from kserve_conformance.embedded.apiserver.resources import Resource
from kserve_conformance.embedded.objects import Obj, annotations_of

WEBHOOK = "embedded.kserve-conformance.dev"
COMPONENTS = {"transformer": "transformers", "explainer": "explainers", "canary": "canaries of Standard mode"}
PREDICTOR = {
    "batcher": "request batching",
    "logger": "request logging",
    "workerSpec": "multi-node serving",
    "storageUris": "several storage URIs",
    "autoScaling": "autoscaling other than Knative's",
    "storageContainerName": "storage containers",
}
VOLUMES = {"pvc": "persistent volume claims", "oci": "models in OCI images", "oci+native": "models in OCI images"}


# Kinds of bootstrap/more_crds.yaml: defined, as on a cluster, with nobody here to act on them.
KINDS = {
    "serving.kserve.io": ("TrainedModel", "InferenceGraph", "ClusterStorageContainer"),
    "serving.knative.dev": ("DomainMapping",),
    "autoscaling.internal.knative.dev": ("Metric",),
    "networking.internal.knative.dev": ("Certificate", "ClusterDomainClaim"),
    "caching.internal.knative.dev": ("Image",),
    "networking.istio.io": ("Gateway",),
}


def check_kind(resource: Resource) -> None:
    """Raises ApiError 403."""
    if resource.kind in KINDS.get(resource.group, ()):
        raise errors.denied(WEBHOOK, f"the embedded platform does not offer {resource.plural}.{resource.group} yet")


# Of kserve/inferenceservice-config: key, field, and the values that this platform acts on.
SETTINGS = (
    ("deploy", "defaultDeploymentMode", (None, "Serverless", "Knative")),
    ("ingress", "disableIstioVirtualHost", (None, False)),
    ("ingress", "pathTemplate", (None, "")),
    ("ingress", "enableGatewayApi", (None, False)),
)


def check_config(data: dict[str, str]) -> None:
    """Raises ApiError 403 for a setting that would be ignored. Broken JSON passes, as on a cluster."""
    for key, field, known in SETTINGS:
        try:
            value = json.loads(data.get(key, "{}")).get(field)
        except (ValueError, AttributeError):
            continue
        if value not in known:
            raise errors.denied(WEBHOOK, f"the embedded platform does not offer {field}={value} yet ({key})")


def check(isvc: Obj) -> None:
    """Raises ApiError 403."""
    missing = next(_missing(isvc), None)
    if missing is not None:
        what, where = missing
        raise errors.denied(WEBHOOK, f"the embedded platform does not offer {what} yet ({where})")


def _missing(isvc: Obj) -> Iterator[tuple[str, str]]:
    spec, annotations = isvc["spec"], annotations_of(isvc)
    mode = annotations.get(MODE_ANNOTATION)
    if mode not in (None, "Knative", "Serverless"):
        yield f"the deployment mode {mode}", f"annotation {MODE_ANNOTATION}"
    if annotations.get("autoscaling.knative.dev/class", "kpa").startswith("hpa"):
        yield PREDICTOR["autoScaling"], "annotation autoscaling.knative.dev/class"
    for field, what in COMPONENTS.items():
        if spec.get(field):
            yield what, f"spec.{field}"
    predictor = spec["predictor"]
    for field, what in PREDICTOR.items():
        if predictor.get(field):
            yield what, f"spec.predictor.{field}"
    model = predictor.get("model")
    if model is None:
        return
    if len(predictor.get("containers") or ()) > 0:
        yield "containers beside the model's", "spec.predictor.containers"
    if model.get("storage"):
        yield "storage credentials", "spec.predictor.model.storage"
    scheme = (model.get("storageUri") or "").partition("://")[0]
    if scheme in VOLUMES:
        yield VOLUMES[scheme], "spec.predictor.model.storageUri"
