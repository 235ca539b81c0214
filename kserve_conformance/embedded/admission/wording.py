"""The words of KServe's validating webhook, which changed between the stacks' versions.

kserve pkg/apis/serving/v1beta1/component.go and inference_service_validation.go, v0.10.0 and v0.20.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Wording:
    min_above_max: str
    min_negative: str
    max_negative: str
    concurrency_negative: str
    name_prefix: str
    exactly_one: str
    implementations: Mapping[str, str]  # by component, the fields of KServe's Go type
    explainers: tuple[str, ...]
    logger: str
    rps_target: str
    storage_uri_end: str
    unknown_class_end: str
    protocol: str
    utilization: str
    memory_target: str


NEW = Wording(
    min_above_max="'MinReplicas' cannot be greater than MaxReplicas",
    min_negative="'MinReplicas' cannot be less than 0",
    max_negative="'MaxReplicas' cannot be less than 0",
    concurrency_negative="parallelism cannot be less than 0",
    name_prefix="the InferenceService",
    exactly_one="exactly one of",
    implementations={
        "predictor": "Name, SKLearn, XGBoost, Tensorflow, PyTorch, Triton, ONNX, HuggingFace, PMML, LightGBM, Paddle, "
        "Model, StorageUris, StorageContainerName, WorkerSpec, PodSpec",
        "transformer": "PodSpec, ComponentExtensionSpec",
        "explainer": "ART, PodSpec, ComponentExtensionSpec",
    },
    explainers=("art",),
    logger="invalid logger type",
    rps_target="the target for rps should be greater than 1",
    storage_uri_end="",
    unknown_class_end="",
    protocol="invalid protocol",
    utilization="the target utilization percentage should be a [1-100] integer",
    memory_target="the target memory should be greater than 1 MiB",
)
OLD = Wording(
    min_above_max="MinReplicas cannot be greater than MaxReplicas.",
    min_negative="MinReplicas cannot be less than 0.",
    max_negative="MaxReplicas cannot be less than 0.",
    concurrency_negative="Parallelism cannot be less than 0.",
    name_prefix="The InferenceService",
    exactly_one="Exactly one of",
    implementations={
        "predictor": "SKLearn, XGBoost, Tensorflow, PyTorch, Triton, ONNX, PMML, LightGBM, Paddle, Model, PodSpec",
        "transformer": "PodSpec",
        "explainer": "Alibi, AIX, ART, PodSpec",
    },
    explainers=("alibi", "aix", "art"),
    logger="Invalid logger type",
    rps_target="The target for rps should be greater than 1",
    storage_uri_end=".",
    unknown_class_end=".\n",
    protocol="Invalid protocol",
    utilization="The target utilization percentage should be a [1-100] integer.",
    memory_target="The target memory should be greater than 1 MiB",
)
