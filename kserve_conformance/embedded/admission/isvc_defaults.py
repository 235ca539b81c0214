"""KServe's mutating webhook for InferenceServices (kserve pkg/apis/serving/v1beta1/inference_service_defaults.go)."""

from __future__ import annotations

from kserve_conformance.embedded.objects import Obj
from kserve_conformance.embedded.stacks import Stack

MODE_ANNOTATION = "serving.kserve.io/deploymentMode"
FORMAT_ANNOTATION = "modelFormat"
# In the order in which the webhook looks for them, which decides when a client sets two.
FRAMEWORKS = (
    "sklearn",
    "tensorflow",
    "xgboost",
    "pytorch",
    "triton",
    "onnx",
    "huggingface",
    "pmml",
    "lightgbm",
    "paddle",
)
PREFER_V2 = ("triton", "onnx", "huggingface")
CONTAINER = "kserve-container"
RENAMED_MODES = {"RawDeployment": "Standard", "Serverless": "Knative"}


def fill(isvc: Obj, stack: Stack) -> Obj:
    """In place: a framework field becomes `model` with that format; the modes' old names become the new ones."""
    annotations = isvc["metadata"].get("annotations") or {}
    if stack.mode == "Knative" and annotations.get(MODE_ANNOTATION) in RENAMED_MODES:
        annotations[MODE_ANNOTATION] = RENAMED_MODES[annotations[MODE_ANNOTATION]]
    spec = isvc.get("spec") or {}
    for each in ("transformer", "explainer"):
        _name_container(spec.get(each) or {})
    predictor = spec.get("predictor")
    if predictor is None:
        return isvc
    framework = next((each for each in FRAMEWORKS if predictor.get(each) is not None), None)
    if framework and (framework != "huggingface" or stack.runtime_priority):
        # Two frameworks at once: the first becomes the model, the other stays and the validator refuses both.
        own = predictor.pop(framework)
        if framework in PREFER_V2:
            own.setdefault("protocolVersion", "v2")
        predictor["model"] = {"modelFormat": {"name": framework}, **own}
    model = predictor.get("model")
    if model is not None:
        # Not optional in KServe's Go type, so the webhook's patch always brings both.
        model.setdefault("name", "")
        model.setdefault("resources", {})
        _fill_model(isvc, model, stack)
    elif not stack.reports_mode or _is_alone(predictor):
        _name_container(predictor)
    return isvc


def _is_alone(component: Obj) -> bool:
    """Since containers may be several, one that has a name keeps it (predictor_custom.go, Default)."""
    containers = component.get("containers") or [{}]
    return len(containers) == 1 or not containers[0].get("name")


def _name_container(component: Obj) -> None:
    """The first one is the component's own, whatever the client calls it."""
    for container in (component.get("containers") or ())[:1]:
        container["name"] = CONTAINER
        container.setdefault("resources", {})


def _fill_model(isvc: Obj, model: Obj, stack: Stack) -> None:
    name = (model.get("modelFormat") or {}).get("name")
    if stack.runtime_priority and name in ("triton", "vLLM"):
        model.setdefault("protocolVersion", "v2")
    if stack.reports_mode and name:
        if not isvc["metadata"].get("annotations"):
            isvc["metadata"]["annotations"] = {}
        isvc["metadata"]["annotations"].setdefault(FORMAT_ANNOTATION, name)
