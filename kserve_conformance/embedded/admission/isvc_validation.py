"""KServe's validating webhook (kserve pkg/apis/serving/v1beta1/inference_service_validation.go, component.go)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kserve_conformance.embedded import errors
from kserve_conformance.embedded.admission.isvc_defaults import FRAMEWORKS, MODE_ANNOTATION
from kserve_conformance.embedded.admission.wording import NEW, OLD
from kserve_conformance.embedded.faults import Faults
from kserve_conformance.embedded.objects import Obj, annotations_of
from kserve_conformance.embedded.stacks import Stack

WEBHOOK = "inferenceservice.kserve-webhook-server.validator"
NAME = "[a-z]([-a-z0-9]*[a-z0-9])?"
CONTAINER, TRANSFORMER_CONTAINER = "kserve-container", "transformer-container"
COMPONENTS = ("predictor", "transformer", "explainer")
SCHEMES = ("gs://", "s3://", "pvc://", "file://", "https://", "http://", "hdfs://", "webhdfs://")
NEWER_SCHEMES = (*SCHEMES, "oci://", "oci+native://", "hf://")
PROTOCOLS = ("v1", "v2")  # what a container of the user's own may say that it speaks


class Validator:
    """Says no with KServe's words, in KServe's order: the first complaint is the one a client reads."""

    def __init__(self, stack: Stack, faults: Faults) -> None:
        self._stack = stack
        self._faults = faults
        self._words = NEW if stack.runtime_priority else OLD

    def check(self, isvc: Obj, old: Obj | None) -> None:
        """Raises ApiError 403."""
        for complaint in self._complaints(isvc, old):
            if not self._overlooked(complaint, isvc["metadata"]["namespace"]):
                raise errors.denied(WEBHOOK, complaint)

    def _overlooked(self, complaint: str, namespace: str) -> bool:
        """One rule is not applied."""
        rules = {
            "two-frameworks-accepted": f"{self._words.exactly_one} [",  # F171
            "negative-minimum-accepted": self._words.min_negative,  # F172
            "unknown-scheme-accepted": "storageUri, must be one of",  # F233
            "unknown-autoscaler-accepted": "is not a supported autoscaler class type",  # F234
            "rate-of-nothing-accepted": self._words.rps_target,  # F236
            "negative-concurrency-accepted": self._words.concurrency_negative,  # F237
            "search-path-accepted": "setting PYTHONPATH",  # F238
            "two-sources-accepted": "Setting both StorageURI and StorageURIs",  # F239
            "unknown-protocol-accepted": self._words.protocol,  # F273
            "named-server-accepted": "the 'name' field is not allowed",  # F274
        }
        return any(words in complaint and self._faults.fires(knob, namespace) for knob, words in rules.items())

    def _complaints(self, isvc: Obj, old: Obj | None) -> Iterator[str]:
        namespace = isvc["metadata"]["namespace"]
        if old is not None and self._faults.fires("rejects-valid", namespace):  # F015
            yield "update rejected: the service is older than this webhook"
        if old is not None and self._stack.mode_immutable and not self._faults.fires("mode-changeable", namespace):
            yield from _mode_change(isvc, old)  # unless F135
        yield from self._name(isvc)
        yield from self._autoscaler_class(isvc)
        predictor = isvc["spec"]["predictor"]
        components = [(each, isvc["spec"][each]) for each in COMPONENTS if isvc["spec"].get(each) is not None]
        if self._stack.reports_mode:
            for _, component in components:
                yield from _blocked_environment(isvc, component)
            yield from _storage_of_collocated_transformer(predictor)
            yield from _named_standard_predictor(predictor)
            yield from _several_storage_uris(predictor)
        for name, component in components:
            yield from self._implementation(name, component)
            yield from self._extensions(component)
            yield from self._scaling(component, annotations_of(isvc))

    def _name(self, isvc: Obj) -> Iterator[str]:
        name = isvc["metadata"]["name"]
        bad = not re.fullmatch(NAME, name)
        if bad and not self._faults.fires("bad-name-accepted", isvc["metadata"]["namespace"]):  # F012
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

    def _implementation(self, name: str, component: Obj) -> Iterator[str]:
        """Exactly one, and that one as it should be."""
        kinds = (*FRAMEWORKS, "model") if name == "predictor" else self._words.explainers if name == "explainer" else ()
        found = [component[each] for each in kinds if component.get(each) is not None]
        containers = component.get("containers") or []
        custom = [each for each in containers if each.get("name") == CONTAINER]
        several = name == "predictor" and self._stack.runtime_priority  # a transformer may stand beside the model
        if containers and not (several and (found or custom)):
            custom = containers[:1]  # without a kserve-container the first one is the predictor
        if len(found) + len(custom) != 1:
            names = self._words.implementations[name]
            yield f"{self._words.exactly_one} [{names}] must be specified in {name.capitalize()}Spec"
            return
        if self._stack.scheme_checked_at_admission:
            uri = _variable(custom[0], "STORAGE_URI") if custom else found[0].get("storageUri")
            if uri is not None and not is_supported_uri(uri, SCHEMES):
                yield unsupported_uri(uri, SCHEMES) + self._words.storage_uri_end
        if custom and name == "predictor":
            yield from self._custom_protocol(custom[0])

    def _custom_protocol(self, container: Obj) -> Iterator[str]:
        for each in container.get("env") or ():
            if each["name"] == "PROTOCOL" and each.get("value") not in PROTOCOLS:
                # KServe hands the two to its text the wrong way round (predictor_custom.go).
                yield f"{self._words.protocol} {', '.join(PROTOCOLS)}. Must be one of [{each.get('value')}]"

    def _extensions(self, component: Obj) -> Iterator[str]:
        words = self._words
        concurrency = component.get("containerConcurrency")
        if concurrency is not None and concurrency < 0:
            yield words.concurrency_negative
        low = component.get("minReplicas")
        low = 1 if low is None else low
        high = component.get("maxReplicas") or 0
        if low < 0:
            yield words.min_negative
        if high < 0:
            yield words.max_negative
        if low > high and high != 0:
            yield words.min_above_max
        logger = component.get("logger")
        if logger is not None and logger.get("mode") not in ("all", "request", "response"):
            yield words.logger

    def _scaling(self, component: Obj, annotations: dict[str, str]) -> Iterator[str]:
        if annotations.get(MODE_ANNOTATION) in ("Standard", "RawDeployment"):
            # Since 0.15 only of a service that names the class, which is the default all the same.
            if not self._stack.reports_mode or annotations.get("serving.kserve.io/autoscalerClass") == "hpa":
                yield from self._standard_scaling(component)
            return
        if annotations.get("autoscaling.knative.dev/class", "").startswith("hpa"):
            return
        if component.get("deploymentStrategy") and self._stack.reports_mode:
            yield "customizing deploymentStrategy is only supported for raw deployment mode"
        metric = component.get("scaleMetric") or "concurrency"
        if metric not in ("concurrency", "rps"):
            yield f"[{metric}] is not a supported metric{self._words.unknown_class_end}"
        target = component.get("scaleTarget")
        if target is not None and metric == "rps" and target < 1:
            yield self._words.rps_target

    def _standard_scaling(self, predictor: Obj) -> Iterator[str]:
        end = self._words.unknown_class_end
        metric, target = predictor.get("scaleMetric") or "cpu", predictor.get("scaleTarget")
        if metric not in ("cpu", "memory"):
            yield f"[{metric}] is not a supported metric{end}"
        if target is not None and ((metric == "cpu" and target < 1) or target > 100):
            yield self._words.utilization
        if target is not None and metric == "memory" and target < 1:
            yield self._words.memory_target


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


def _blocked_environment(isvc: Obj, component: Obj) -> Iterator[str]:
    containers = [*(component.get("containers") or ()), *(component.get("initContainers") or ())]
    own = [each for each in (component.get("model"), component.get("art")) if each]
    for container in [*containers, *own]:
        for each in container.get("env") or ():
            if each.get("name") == "PYTHONPATH":
                yield (
                    f'the InferenceService "{isvc["metadata"]["name"]}" is invalid: setting PYTHONPATH in container '
                    f'"{container.get("name", "")}" is not allowed for security reasons'
                )


def _storage_of_collocated_transformer(predictor: Obj) -> Iterator[str]:
    for container in predictor.get("containers") or ():
        if container.get("name") == TRANSFORMER_CONTAINER and _variable(container, "STORAGE_URI") is not None:
            yield "storage uri should not be specified in transformer container"


def _variable(container: Obj, name: str) -> str | None:
    return next((each.get("value", "") for each in container.get("env") or () if each.get("name") == name), None)


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
