"""KServe's validating webhook (kserve pkg/apis/serving/v1beta1/inference_service_validation.go, component.go)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kserve_conformance.embedded import errors
from kserve_conformance.embedded.admission.isvc_defaults import FRAMEWORKS, MODE_ANNOTATION
from kserve_conformance.embedded.admission.wording import NEW, OLD
from kserve_conformance.embedded.objects import Obj, annotations_of
from kserve_conformance.embedded.stacks import Stack

WEBHOOK = "inferenceservice.kserve-webhook-server.validator"
NAME = "[a-z]([-a-z0-9]*[a-z0-9])?"
CONTAINER = "kserve-container"
SCHEMES = ("gs://", "s3://", "pvc://", "file://", "https://", "http://", "hdfs://", "webhdfs://")
NEWER_SCHEMES = (*SCHEMES, "oci://", "oci+native://", "hf://")
PROTOCOLS = ("v1", "v2", "grpc-v1", "grpc-v2")


class Validator:
    """Says no with KServe's words, in KServe's order: the first complaint is the one a client reads."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._words = NEW if stack.runtime_priority else OLD

    def check(self, isvc: Obj, old: Obj | None) -> None:
        """Raises ApiError 403."""
        complaint = next(self._complaints(isvc, old), None)
        if complaint is not None:
            raise errors.denied(WEBHOOK, complaint)

    def _complaints(self, isvc: Obj, old: Obj | None) -> Iterator[str]:
        if old is not None and self._stack.mode_immutable:
            yield from _mode_change(isvc, old)
        yield from self._name(isvc)
        yield from self._autoscaler_class(isvc)
        predictor = isvc["spec"]["predictor"]
        if self._stack.reports_mode:
            yield from _blocked_environment(isvc, predictor)
            yield from _named_standard_predictor(predictor)
            yield from _several_storage_uris(predictor)
        yield from self._implementation(predictor)
        yield from self._extensions(predictor)
        yield from self._scaling(predictor, annotations_of(isvc))

    def _name(self, isvc: Obj) -> Iterator[str]:
        name = isvc["metadata"]["name"]
        if not re.fullmatch(NAME, name):
            yield (
                f'{self._words.name_prefix} "{name}" is invalid: a InferenceService name must consist of lower case '
                "alphanumeric characters or '-', and must start with alphabetical character. "
                f'(e.g. "my-name" or "abc-123", regex used for validation is \'{NAME}\')'
            )

    def _autoscaler_class(self, isvc: Obj) -> Iterator[str]:
        wanted = annotations_of(isvc).get("serving.kserve.io/autoscalerClass")
        allowed = ("hpa", "external", "keda", "none") if self._stack.runtime_priority else ("hpa",)
        if wanted is not None and wanted not in allowed:
            yield f"[{wanted}] is not a supported autoscaler class type{self._words.unknown_class_end}"

    def _implementation(self, predictor: Obj) -> Iterator[str]:
        implementations = [each for each in (*FRAMEWORKS, "model") if predictor.get(each) is not None]
        containers = predictor.get("containers") or []
        custom = [each for each in containers if each.get("name") == CONTAINER]
        if containers and not implementations and not custom:
            custom = containers[:1]  # without a kserve-container the first one is the predictor
        if len(implementations) + len(custom) != 1:
            yield f"{self._words.exactly_one} [{self._words.implementations}] must be specified in PredictorSpec"
            return
        if custom:
            yield from self._custom_protocol(custom[0])
        elif self._stack.scheme_checked_at_admission:
            uri = (predictor.get("model") or {}).get("storageUri")
            if uri is not None and not is_supported_uri(uri, SCHEMES):
                yield unsupported_uri(uri, SCHEMES) + self._words.storage_uri_end

    def _custom_protocol(self, container: Obj) -> Iterator[str]:
        for each in container.get("env") or ():
            if each["name"] == "PROTOCOL" and each.get("value") not in PROTOCOLS:
                yield f"{self._words.protocol} {each.get('value')}. Must be one of [{', '.join(PROTOCOLS)}]"

    def _extensions(self, predictor: Obj) -> Iterator[str]:
        words = self._words
        concurrency = predictor.get("containerConcurrency")
        if concurrency is not None and concurrency < 0:
            yield words.concurrency_negative
        low = predictor.get("minReplicas")
        low = 1 if low is None else low
        high = predictor.get("maxReplicas") or 0
        if low < 0:
            yield words.min_negative
        if high < 0:
            yield words.max_negative
        if low > high and high != 0:
            yield words.min_above_max
        logger = predictor.get("logger")
        if logger is not None and logger.get("mode") not in ("all", "request", "response"):
            yield words.logger

    def _scaling(self, predictor: Obj, annotations: dict[str, str]) -> Iterator[str]:
        if annotations.get("autoscaling.knative.dev/class", "").startswith("hpa"):
            return
        if predictor.get("deploymentStrategy") and self._stack.reports_mode:
            yield "customizing deploymentStrategy is only supported for raw deployment mode"
        metric = predictor.get("scaleMetric") or "concurrency"
        if metric not in ("concurrency", "rps"):
            yield f"[{metric}] is not a supported metric{self._words.unknown_class_end}"
        target = predictor.get("scaleTarget")
        if target is not None and metric == "rps" and target < 1:
            yield self._words.rps_target


def is_supported_uri(uri: str, schemes: tuple[str, ...]) -> bool:
    """A local path, an Azure blob, or one of the storage initializer's schemes."""
    if not re.search(r"\w+?://", uri):
        return True
    if "blob.core.windows.net" in uri:
        return re.search("https://(.+?).blob.core.windows.net/(.+)", uri) is not None
    return uri.startswith(schemes)


def unsupported_uri(uri: str, schemes: tuple[str, ...]) -> str:
    return (
        f"storageUri, must be one of: [{', '.join(schemes)}] or match https://{{}}.blob.core.windows.net/{{}}/{{}} "
        f"or be an absolute or relative local path. StorageUri [{uri}] is not supported"
    )


def _mode_change(isvc: Obj, old: Obj) -> Iterator[str]:
    recorded = (old.get("status") or {}).get("deploymentMode")
    wanted = annotations_of(isvc).get(MODE_ANNOTATION)
    if recorded and wanted is not None and wanted != recorded:
        yield f"update rejected: deploymentMode cannot be changed from '{recorded}' to '{wanted}'"


def _blocked_environment(isvc: Obj, predictor: Obj) -> Iterator[str]:
    containers = [*(predictor.get("containers") or ()), *(predictor.get("initContainers") or ())]
    model = predictor.get("model")
    for container in [*containers, model] if model else containers:
        for each in container.get("env") or ():
            if each.get("name") == "PYTHONPATH":
                yield (
                    f'the InferenceService "{isvc["metadata"]["name"]}" is invalid: setting PYTHONPATH in container '
                    f'"{container.get("name", "")}" is not allowed for security reasons'
                )


def _named_standard_predictor(predictor: Obj) -> Iterator[str]:
    if any((predictor.get(each) or {}).get("name") for each in (*FRAMEWORKS, "model")):
        yield "the 'name' field is not allowed in standard predictor"


def _several_storage_uris(predictor: Obj) -> Iterator[str]:
    several = predictor.get("storageUris")
    if several is None:
        return
    if (predictor.get("model") or {}).get("storageUri") is not None:
        yield "Setting both StorageURI and StorageURIs is not supported."
    mounts: list[str] = []
    for each in several:
        path = each.get("mountPath") or "/mnt/models"
        if not each.get("uri"):
            yield "storage URI cannot be empty"
        if path == "/":
            yield "storage path cannot be empty"
        if not path.startswith("/"):
            yield f"storage path must be absolute: {path}"
        if ".." in path:
            yield f"storage path cannot contain '..' for security reasons: {path}"
        if (each.get("uri") or "").startswith("pvc://"):
            if path in mounts:
                yield "PVC storage paths must be unique"
            mounts.append(path)
