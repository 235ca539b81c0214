"""From what a test says about a service to the object that is applied."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kserve_conformance.kube.client import Obj


@dataclass(frozen=True)
class Fields:
    """What a test may say; None leaves it to the platform. `template` is a whole InferenceService to start from.

    `frameworks` asks for predictors of the old style instead, one field each (`predictor.sklearn`). `spec` is a merge
    patch of the spec, applied last, for what has no name here.
    """

    template: Mapping[str, Any]
    model_format: str | None = None
    storage_uri: str | None = None
    protocol: str | None = None
    args: Sequence[str] = ()
    min_replicas: int | None = None
    max_replicas: int | None = None
    canary_percent: int | None = None
    scale_metric: str | None = None
    scale_target: int | None = None
    frameworks: Sequence[str] = ()
    annotations: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    spec: Mapping[str, Any] = field(default_factory=dict)


def inference_service(fields: Fields, *, name: str, namespace: str, labels: Mapping[str, str]) -> Obj:
    """The whole object, ready to be created."""
    service: Obj = copy.deepcopy(dict(fields.template))
    metadata: Obj = {"name": name, "namespace": namespace, "labels": {**labels, **fields.labels}}
    if fields.annotations:
        metadata["annotations"] = dict(fields.annotations)
    service["metadata"] = metadata
    predictor: Obj = service["spec"]["predictor"]
    model: Obj = predictor["model"]
    if fields.model_format is not None:
        model["modelFormat"] = {"name": fields.model_format}
    said = {"storageUri": fields.storage_uri, "protocolVersion": fields.protocol, "args": list(fields.args) or None}
    model.update({key: value for key, value in said.items() if value is not None})
    if fields.frameworks:
        del predictor["model"]
        predictor.update({each: {"storageUri": model["storageUri"]} for each in fields.frameworks})
    said_of_predictor = {
        "minReplicas": fields.min_replicas,
        "maxReplicas": fields.max_replicas,
        "canaryTrafficPercent": fields.canary_percent,
        "scaleMetric": fields.scale_metric,
        "scaleTarget": fields.scale_target,
    }
    predictor.update({key: value for key, value in said_of_predictor.items() if value is not None})
    _merge(service["spec"], fields.spec)
    return service


def _merge(into: Obj, patch: Mapping[str, Any]) -> None:
    """RFC 7386, in place."""
    for key, value in patch.items():
        if value is None:
            into.pop(key, None)
        elif isinstance(value, Mapping):
            _merge(into.setdefault(key, {}), value)
        else:
            into[key] = copy.deepcopy(value)


def merge_patch(before: Obj, after: Obj) -> Obj:
    """What turns one into the other (RFC 7386): null removes, lists are replaced whole."""
    patch: Obj = {key: None for key in before if key not in after}
    for key, value in after.items():
        if key in before and isinstance(value, dict) and isinstance(before[key], dict):
            if nested := merge_patch(before[key], value):
                patch[key] = nested
        elif key not in before or before[key] != value:
            patch[key] = value
    return patch
