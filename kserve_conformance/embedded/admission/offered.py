"""What this platform does not emulate is refused in plain words: never accepted and then done by half."""

from __future__ import annotations

import json
from collections.abc import Iterator

from kserve_conformance.embedded import errors
from kserve_conformance.embedded.admission.isvc_defaults import MODE_ANNOTATION
from kserve_conformance.embedded.apiserver.resources import Resource
from kserve_conformance.embedded.objects import Obj, annotations_of

AUTOSCALER_CLASS = "serving.kserve.io/autoscalerClass"
WEBHOOK = "embedded.kserve-conformance.dev"
EXPLAINERS = ("alibi", "aix", "art")
COMPONENT = {
    "workerSpec": "multi-node serving",
    "storageUris": "several storage URIs",
    "autoScaling": "autoscaling other than Knative's",
    "storageContainerName": "storage containers",
}
IMAGES = {"oci": "models in OCI images", "oci+native": "models in OCI images"}


# Kinds of bootstrap/more_crds.yaml: defined, as on a cluster, with nobody here to act on them.
KINDS = {
    "serving.kserve.io": ("TrainedModel", "ClusterStorageContainer"),
    "networking.internal.knative.dev": ("Certificate",),
    "caching.internal.knative.dev": ("Image",),
    "networking.istio.io": ("Gateway",),
}


def check_kind(resource: Resource) -> None:
    """Raises ApiError 403."""
    if resource.kind in KINDS.get(resource.group, ()):
        raise errors.denied(WEBHOOK, f"the embedded platform does not offer {resource.plural}.{resource.group} yet")


# Of kserve/inferenceservice-config: key, field, and the values that this platform acts on.
SETTINGS = (
    ("deploy", "defaultDeploymentMode", (None, "Serverless", "Knative", "RawDeployment", "Standard")),
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


# Kinds of volumes whose content the node can make (node/volumes.py).
VOLUMES = ("emptyDir", "secret", "configMap", "downwardAPI", "projected", "persistentVolumeClaim")


def check_pod(pod: Obj) -> None:
    """Raises ApiError 403 for a volume that would stay empty, and for containers that are not to be started again."""
    policy = pod["spec"].get("restartPolicy", "Always")
    if policy != "Always":
        raise errors.denied(WEBHOOK, f"the embedded platform does not offer the restart policy {policy} yet")
    for volume in pod["spec"].get("volumes") or ():
        kinds = [each for each in volume if each != "name"]
        for kind in kinds:
            if kind not in VOLUMES:
                what = f"volumes of kind {kind}"
                raise errors.denied(WEBHOOK, f"the embedded platform does not offer {what} yet ({volume['name']})")


def check(isvc: Obj) -> None:
    """Raises ApiError 403."""
    missing = next(_missing(isvc), None)
    if missing is not None:
        what, where = missing
        raise errors.denied(WEBHOOK, f"the embedded platform does not offer {what} yet ({where})")


def _missing(isvc: Obj) -> Iterator[tuple[str, str]]:
    spec, annotations = isvc["spec"], annotations_of(isvc)
    mode = annotations.get(MODE_ANNOTATION)
    if mode == "ModelMesh":
        yield f"the deployment mode {mode}", f"annotation {MODE_ANNOTATION}"
    if annotations.get(AUTOSCALER_CLASS) == "keda" and mode in ("Standard", "RawDeployment"):
        yield "the autoscaler KEDA", f"annotation {AUTOSCALER_CLASS}"
    if annotations.get("autoscaling.knative.dev/class", "kpa").startswith("hpa"):
        yield COMPONENT["autoScaling"], "annotation autoscaling.knative.dev/class"
    if spec.get("canary"):
        yield "canaries of Standard mode", "spec.canary"
    for name in ("predictor", "transformer", "explainer"):
        for field, what in COMPONENT.items():
            if (spec.get(name) or {}).get(field):
                yield what, f"spec.{name}.{field}"
        if ((spec.get(name) or {}).get("logger") or {}).get("storage"):
            yield "logs in object storage", f"spec.{name}.logger.storage"
    for each in EXPLAINERS:
        if (spec.get("explainer") or {}).get(each):
            yield "explainers other than containers of your own", f"spec.explainer.{each}"
    predictor = spec["predictor"]
    model = predictor.get("model")
    if model is None:
        return
    if (model.get("modelFormat") or {}).get("name") == "mlflow":
        yield "MLflow models", "spec.predictor.model.modelFormat"
    scheme = (model.get("storageUri") or "").partition("://")[0]
    if scheme in IMAGES:
        yield IMAGES[scheme], "spec.predictor.model.storageUri"
