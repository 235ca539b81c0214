"""The service that most clients are tried on: scikit-learn's iris model, from the published example's address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

MODEL = "gs://kfserving-examples/models/sklearn/1.0/model"
FLOWERS = {"instances": [[6.8, 2.8, 4.8, 1.4], [6.0, 3.4, 4.5, 1.6]]}
CLASSES = {"predictions": [1, 1]}
GROUP, VERSION, PLURAL = "serving.kserve.io", "v1beta1", "inferenceservices"
NAME = "sklearn-iris"
READY_WITHIN = 40


@dataclass(frozen=True)
class Iris:
    """One that is ready, for tests that leave it as it is."""

    namespace: str
    pod: str
    host: str
    gateway: str  # host:port
    name: str = NAME


def manifest(name: str = NAME, **predictor: Any) -> dict[str, Any]:
    model = {"modelFormat": {"name": "sklearn"}, "storageUri": MODEL}
    return {
        "apiVersion": f"{GROUP}/{VERSION}",
        "kind": "InferenceService",
        "metadata": {"name": name},
        "spec": {"predictor": {"model": model, **predictor}},
    }


def is_ready(isvc: Any) -> bool:
    conditions = (isvc.get("status") or {}).get("conditions") or ()
    return any((each["type"], each["status"]) == ("Ready", "True") for each in conditions)
