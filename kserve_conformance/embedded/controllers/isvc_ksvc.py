"""The Knative Service behind a predictor (kserve reconcilers/knative/ksvc_reconciler.go, components/predictor.go)."""

from __future__ import annotations

from kserve_conformance.embedded.apiserver.resources import CONFIG_MAPS
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.controllers import names
from kserve_conformance.embedded.controllers.serving_runtimes import Runtime
from kserve_conformance.embedded.objects import Obj, annotations_of, labels_of, owner_reference
from kserve_conformance.embedded.stacks import Stack

AUTOSCALING = "autoscaling.knative.dev/"
ROLLOUT_DURATION = "serving.knative.dev/rollout-duration"
TAG_ROUTING = "serving.kserve.io/enable-tag-routing"
SOURCE = "internal.serving.kserve.io/storage-initializer-sourceuri"
NOT_COPIED = (
    f"{AUTOSCALING}min-scale",
    f"{AUTOSCALING}max-scale",
    SOURCE,
    "kubectl.kubernetes.io/last-applied-configuration",
)


def name_of(isvc: Obj, stack: Stack) -> str:
    return str(isvc["metadata"]["name"]) + stack.component_suffix


def build(
    isvc: Obj, runtime: Runtime | None, pod_spec: Obj, *, store: Store, stack: Stack, least_replicas: int | None
) -> Obj:
    """What the Knative Service should be. `least_replicas` None means not set, which is one."""
    predictor = isvc["spec"]["predictor"]
    annotations = _annotations(isvc, runtime, store, stack)
    annotations.update(_autoscaling(predictor, annotations, least_replicas))
    own = {name: annotations.pop(name) for name in (ROLLOUT_DURATION,) if name in annotations}
    labels = {
        **_labels(runtime),
        **labels_of(isvc),
        **(predictor.get("labels") or {}),
        "serving.kserve.io/inferenceservice": isvc["metadata"]["name"],
        "component": "predictor",
    }
    spec = dict(pod_spec)
    if predictor.get("containerConcurrency") is not None:
        spec["containerConcurrency"] = predictor["containerConcurrency"]
    if predictor.get("timeout") is not None:
        spec["timeoutSeconds"] = predictor["timeout"]
        if stack.runtime_priority:
            spec["responseStartTimeoutSeconds"] = predictor["timeout"]
    return {
        "metadata": {
            "name": name_of(isvc, stack),
            "namespace": isvc["metadata"]["namespace"],
            "labels": labels,
            "annotations": own,
            "ownerReferences": [owner_reference(isvc)],
        },
        "spec": {
            "template": {
                "metadata": {
                    # Visibility is a matter of the Route; on a revision template Knative refuses it.
                    "labels": {name: value for name, value in labels.items() if name != names.VISIBILITY},
                    "annotations": annotations,
                },
                "spec": spec,
            },
            "traffic": traffic(isvc, tagged=annotations.get(TAG_ROUTING) == "true"),
        },
    }


def traffic(isvc: Obj, *, tagged: bool) -> list[Obj]:
    """All to the latest revision, or the split between it and the last one that was rolled out in full."""
    percent = isvc["spec"]["predictor"].get("canaryTrafficPercent")
    predictor = ((isvc.get("status") or {}).get("components") or {}).get("predictor") or {}
    rolled_out = predictor.get("latestRolledoutRevision")
    split = percent is not None and bool(rolled_out)
    latest: Obj = {"latestRevision": True, "percent": percent if split else 100}
    if tagged:
        latest["tag"] = "latest"
    if not split or percent >= 100:
        return [latest]
    previous = {"revisionName": rolled_out, "latestRevision": False, "percent": 100 - percent, "tag": "prev"}
    return [latest, previous]


def _labels(runtime: Runtime | None) -> dict[str, str]:
    labels: dict[str, str] = (runtime.spec.get("labels") if runtime else None) or {}
    return labels


def _annotations(isvc: Obj, runtime: Runtime | None, store: Store, stack: Stack) -> dict[str, str]:
    """The runtime's, then the service's, then the predictor's, without those that KServe keeps to itself."""
    refused = (*NOT_COPIED, "modelFormat") if stack.reports_mode else NOT_COPIED
    predictor = isvc["spec"]["predictor"]
    merged: dict[str, str] = {}
    for part in (runtime.spec.get("annotations") if runtime else None, annotations_of(isvc)):
        merged.update({name: value for name, value in (part or {}).items() if name not in refused})
    uri = (predictor.get("model") or {}).get("storageUri") or _custom_uri(predictor)
    if uri is not None:
        merged[SOURCE] = uri
    own = predictor.get("annotations") or {}
    merged.update({name: value for name, value in own.items() if name not in refused})
    if stack.reports_mode and not _valid_initial_scale(merged, store):
        del merged[f"{AUTOSCALING}initial-scale"]
    return merged


def _custom_uri(predictor: Obj) -> str | None:
    for container in predictor.get("containers") or ():
        for each in container.get("env") or ():
            if each["name"] == "STORAGE_URI":
                return str(each.get("value", ""))
    return None


def _valid_initial_scale(annotations: dict[str, str], store: Store) -> bool:
    """What Knative would refuse is dropped instead (0.16; pkg/controller/v1alpha1/utils)."""
    text = annotations.get(f"{AUTOSCALING}initial-scale", "1")
    if not text.lstrip("-").isdigit():
        return False
    config = store.find(CONFIG_MAPS, names.SYSTEM, "config-autoscaler") or {}
    return int(text) != 0 or (config.get("data") or {}).get("allow-zero-initial-scale") == "true"


def _autoscaling(predictor: Obj, annotations: dict[str, str], least_replicas: int | None) -> dict[str, str]:
    scaling = {f"{AUTOSCALING}min-scale": str(1 if least_replicas is None else least_replicas)}
    if f"{AUTOSCALING}class" not in annotations:
        scaling[f"{AUTOSCALING}class"] = "kpa.autoscaling.knative.dev"
    if predictor.get("scaleTarget") is not None:
        scaling[f"{AUTOSCALING}target"] = str(predictor["scaleTarget"])
    if predictor.get("scaleMetric") is not None:
        scaling[f"{AUTOSCALING}metric"] = predictor["scaleMetric"]
    if predictor.get("maxReplicas"):
        scaling[f"{AUTOSCALING}max-scale"] = str(predictor["maxReplicas"])
    return scaling
