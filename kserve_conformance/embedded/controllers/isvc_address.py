"""`status.address`: where pods of the cluster find a service (kserve reconcilers/ingress/ingress_reconciler.go)."""

from __future__ import annotations

from kserve_conformance.embedded.controllers import names
from kserve_conformance.embedded.objects import Obj
from kserve_conformance.embedded.stacks import Stack

PATHS = {"v1": "/v1/models/{}:predict", "v2": "/v2/models/{}/infer"}


def of(isvc: Obj, stack: Stack) -> str:
    """Before 0.11 it ended in the path for predictions; a transformer always spoke V1 there."""
    meta, spec = isvc["metadata"], isvc["spec"]
    base = f"http://{meta['name']}.{meta['namespace']}.{names.CLUSTER_DOMAIN}"
    if not stack.address_has_path:
        return base
    protocol = "v1" if spec.get("transformer") is not None else _protocol(spec["predictor"])
    return base + PATHS.get(protocol, "").format(_model_name(isvc))


def _protocol(predictor: Obj) -> str:
    if predictor.get("model"):
        return predictor["model"].get("protocolVersion") or "v1"
    return _variable(predictor["containers"][0], "PROTOCOL") or "v1"


def _model_name(isvc: Obj) -> str:
    """What the server is told to call it, where that is `--model_name=…` in one argument (utils.go, GetModelName)."""
    spec = isvc["spec"]
    model = spec["predictor"].get("model") or {}
    transformers = (spec.get("transformer") or {}).get("containers") or [{}]
    told = [
        *_told(transformers[0]),
        *filter(None, [_variable(model, "MLSERVER_MODEL_NAME")]),
        *_told(model),
        str(isvc["metadata"]["name"]),
    ]
    return told[0]


def _told(container: Obj) -> list[str]:
    return [each.partition("=")[2] for each in container.get("args") or () if each.startswith("--model_name=")]


def _variable(container: Obj, name: str) -> str | None:
    return next((each.get("value") for each in container.get("env") or () if each["name"] == name), None)
