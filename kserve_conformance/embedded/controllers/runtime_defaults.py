"""What KServe adds to a service once it knows the model server, in memory only: the stored object stays as it is.

kserve pkg/apis/serving/v1beta1/inference_service_defaults.go, SetRuntimeDefaults.
"""

from __future__ import annotations

from kserve_conformance.embedded.controllers.serving_runtimes import Runtime
from kserve_conformance.embedded.objects import Obj, copy_of
from kserve_conformance.embedded.stacks import Stack

SERVER_TYPE = "serving.kserve.io/server-type"
MODEL_CLASSES = {
    "xgboost": "mlserver_xgboost.XGBoostModel",
    "lightgbm": "mlserver_lightgbm.LightGBMModel",
    "mlflow": "mlserver_mlflow.MLflowRuntime",
}
SKLEARN_CLASS = "mlserver_sklearn.SKLearnModel"


def fill(isvc: Obj, runtime: Runtime, stack: Stack) -> Obj:
    """A changed copy; its labels go on to the Knative Service, as on a cluster."""
    filled = copy_of(isvc)
    model = filled["spec"]["predictor"]["model"]
    server = _server(runtime, stack)
    has_model = bool(model.get("storageUri") or model.get("storage"))
    if server == "mlserver":
        name = filled["metadata"]["name"]
        given = {"MLSERVER_MODEL_NAME": name, "MLSERVER_MODEL_URI": "/mnt/models"}
        _env(model, given if has_model else {"MLSERVER_LOAD_MODELS_AT_STARTUP": "false"})
        _label(filled, "modelClass", MODEL_CLASSES.get(model["modelFormat"]["name"], SKLEARN_CLASS))
    elif server == "torchserve":
        protocol = model.setdefault("protocolVersion", "v1")
        newer = ("v2", "grpc-v2") if stack.runtime_priority else ("v2",)
        _label(filled, "serviceEnvelope", "kservev2" if protocol in newer else "kserve")
        if stack.runtime_priority:
            model["env"] = [*(model.get("env") or ()), {"name": "PROTOCOL_VERSION", "value": protocol}]
    elif server == "tritonserver" and not has_model:
        model["args"] = [*(model.get("args") or ()), "--model-control-mode=explicit"]
    return filled


def _server(runtime: Runtime, stack: Stack) -> str:
    """Said by an annotation since runtimes have one, before by the runtime's name."""
    by_name = runtime.name.removeprefix("kserve-")
    return runtime.annotations.get(SERVER_TYPE, by_name) if stack.runtime_priority else by_name


def _env(model: Obj, values: dict[str, str]) -> None:
    """Those that the model does not set itself."""
    env = model.setdefault("env", [])
    own = {each["name"] for each in env}
    env.extend({"name": name, "value": value} for name, value in values.items() if name not in own)


def _label(isvc: Obj, name: str, value: str) -> None:
    isvc["metadata"]["labels"] = {**(isvc["metadata"].get("labels") or {}), name: value}
