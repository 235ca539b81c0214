"""The pod of a predictor: its runtime's containers with the model's settings merged in.

kserve pkg/controller/v1beta1/inferenceservice/utils/utils.go (MergeRuntimeContainers, ReplacePlaceholders,
UpdateImageTag), components/predictor.go.
"""

from __future__ import annotations

import json
import re
from typing import Any

from kserve_conformance.embedded.controllers.serving_runtimes import InvalidSpecError, Runtime
from kserve_conformance.embedded.objects import Obj, annotations_of, copy_of, labels_of
from kserve_conformance.embedded.stacks import Stack

CONTAINER, TRANSFORMER = "kserve-container", "transformer-container"
# Of `spec.predictor`, the fields that are a pod's; the rest are KServe's own.
POD_FIELDS = (
    "serviceAccountName",
    "automountServiceAccountToken",
    "imagePullSecrets",
    "volumes",
    "nodeSelector",
    "affinity",
    "tolerations",
    "topologySpreadConstraints",
    "priorityClassName",
    "schedulerName",
    "runtimeClassName",
    "securityContext",
    "hostAliases",
    "initContainers",
    "terminationGracePeriodSeconds",
)
# Of the model, the fields that are a container's.
MODEL_FIELDS = ("modelFormat", "storageUri", "storage", "runtime", "runtimeVersion", "protocolVersion", "confidential")
MERGE_KEYS = {"env": "name", "volumeMounts": "mountPath", "ports": "containerPort", "volumes": "name"}
TAG = re.compile(r"(:([\w.\-_]*))$")


def build(isvc: Obj, runtime: Runtime | None, stack: Stack) -> Obj:
    """Raises InvalidSpecError for a runtime that cannot be used."""
    predictor = isvc["spec"]["predictor"]
    pod = pod_fields(predictor)
    if runtime is None:
        pod["containers"] = copy_of({"": predictor["containers"]})[""]
    else:
        pod = _merged({name: runtime.spec[name] for name in POD_FIELDS if runtime.spec.get(name)}, pod)
        pod["containers"] = _containers(isvc, runtime)
    if stack.reports_mode:
        for container in pod["containers"]:
            name_service(container, isvc)
    return pod


def pod_fields(spec: Obj) -> Obj:
    """Of a component, what is its pod's."""
    return {name: copy_of({"": spec[name]})[""] for name in POD_FIELDS if spec.get(name)}


def name_service(container: Obj, isvc: Obj) -> None:
    env = container.setdefault("env", [])
    if all(each["name"] != "INFERENCE_SERVICE_NAME" for each in env):
        env.append({"name": "INFERENCE_SERVICE_NAME", "value": isvc["metadata"]["name"]})


def _containers(isvc: Obj, runtime: Runtime) -> list[Obj]:
    containers = runtime.spec.get("containers") or []
    model = isvc["spec"]["predictor"]["model"]
    if not containers:
        what = "no container configuration found in selected serving runtime"
        raise InvalidSpecError("InvalidPredictorSpec", what, what)
    base = next((each for each in containers if each.get("name") == CONTAINER), None)
    if base is None:
        what = f"failed to find {CONTAINER} in ServingRuntime containers"
        raise InvalidSpecError("InvalidPredictorSpec", what, what)
    own = {name: value for name, value in model.items() if name not in MODEL_FIELDS and value not in ("", None)}
    merged = _merged(base, own)
    args = [*(base.get("args") or ()), *(model.get("args") or ())]
    if args:
        merged["args"] = args
    merged = _with_placeholders_replaced(merged, isvc, runtime.name)
    version = model.get("runtimeVersion")
    if version is not None and "@sha256:" not in merged["image"]:
        merged["image"] = TAG.sub("", merged["image"]) + f":{version}"
    beside = isvc["spec"]["predictor"].get("containers") or []
    transformers = [each for part in (containers, beside) for each in part if each.get("name") == TRANSFORMER]
    others = [each for each in containers if each is not base] + beside
    return [
        merged,
        *_transformer(transformers, isvc, runtime),
        *(copy_of(each) for each in others if each.get("name") != TRANSFORMER),
    ]


def _transformer(found: list[Obj], isvc: Obj, runtime: Runtime) -> list[Obj]:
    """In the predictor's pod: the runtime's with the service's merged in, or whichever there is."""
    if not found:
        return []
    merged = _merged(found[0], found[-1]) if len(found) > 1 else copy_of(found[0])
    args = [argument for each in found for argument in each.get("args") or ()]
    if args:
        merged["args"] = args
    return [_with_placeholders_replaced(merged, isvc, runtime.name)]


def _merged(base: Obj, patch: Obj) -> Obj:
    """A strategic merge: maps by key, the lists of MERGE_KEYS by their item's key, everything else replaced."""
    result = copy_of(base)
    for name, value in patch.items():
        old = result.get(name)
        if isinstance(old, dict) and isinstance(value, dict):
            result[name] = _merged(old, value)
        elif isinstance(old, list) and name in MERGE_KEYS:
            result[name] = _merged_list(old, value, MERGE_KEYS[name])
        else:
            result[name] = copy_of({"": value})[""]
    return result


def _merged_list(old: list[Obj], new: list[Obj], key: str) -> list[Obj]:
    replaced = {each.get(key): each for each in new}
    kept = [_merged(each, replaced.pop(each.get(key), {})) for each in old]
    return [*kept, *(each for each in new if each.get(key) in replaced)]


def _with_placeholders_replaced(container: Obj, isvc: Obj, runtime: str) -> Obj:
    """`{{.Name}}` and its like, over the whole container's JSON as KServe's Go template does it."""

    def value(found: re.Match[str]) -> str:
        path = found.group(1).strip()
        simple = {".Name": isvc["metadata"]["name"], ".Namespace": isvc["metadata"]["namespace"]}
        if path in simple:
            return str(simple[path])
        kind, _, name = path.removeprefix(".").partition(".")
        values = {"Labels": labels_of(isvc), "Annotations": annotations_of(isvc)}
        if kind not in values or not re.fullmatch(r"\w+", name):
            what = f"failed to replace placeholders in serving runtime {runtime} Container {container['name']}"
            raise InvalidSpecError("InvalidPredictorSpec", what, what)
        return values[kind].get(name, "<no value>")

    text = re.sub(r"\{\{(.*?)\}\}", value, json.dumps(container))
    replaced: dict[str, Any] = json.loads(text)
    return replaced
