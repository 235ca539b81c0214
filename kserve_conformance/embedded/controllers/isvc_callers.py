"""Transformer and explainer: containers that are told where the predictor is.

kserve pkg/controller/v1beta1/inferenceservice/components/{transformer,explainer}.go, and for the containers
pkg/apis/serving/v1beta1/{transformer_custom,explainer_custom,explainer_art}.go.
"""

from __future__ import annotations

import json

from kserve_conformance.embedded.admission.isvc_validation import NEWER_SCHEMES, is_supported_uri, unsupported_uri
from kserve_conformance.embedded.apiserver.resources import CONFIG_MAPS
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.controllers import components, isvc_pod_spec
from kserve_conformance.embedded.controllers.components import (
    PREDICTOR,
    TRANSFORMER,
    Component,
    ComponentError,
    Workload,
)
from kserve_conformance.embedded.objects import Obj, copy_of
from kserve_conformance.embedded.stacks import Stack

HTTP_PORT = ("--http_port", "8080")
# Of an ART explainer, the fields that are not its container's.
ART_FIELDS = ("type", "storageUri", "storage", "runtimeVersion", "config")
MODEL_DIR = "/mnt/models"


class Caller:
    """Makes the workload of one of the two."""

    def __init__(self, component: Component, store: Store, stack: Stack) -> None:
        self._component = component
        self._store = store
        self._stack = stack

    def workload(self, isvc: Obj) -> Workload:
        """Raises ComponentError."""
        component, spec = self._component, isvc["spec"][self._component.name]
        source = (spec.get("art") or {}).get("storageUri") or components.storage_uri(spec)
        if source is not None and not is_supported_uri(source, NEWER_SCHEMES):
            raise ComponentError(f"StorageURI not supported: {unsupported_uri(source, NEWER_SCHEMES)}")
        pod_spec = isvc_pod_spec.pod_fields(spec)
        host = f"{components.name_of(isvc, PREDICTOR, self._stack)}.{isvc['metadata']['namespace']}"
        if spec.get("art") is not None:
            pod_spec["containers"] = [self._art(isvc, spec, host)]
        else:
            pod_spec["containers"] = copy_of({"": spec["containers"]})[""]
            _tell(pod_spec["containers"][0], isvc, spec, host)
        if component is TRANSFORMER and self._stack.reports_mode:
            isvc_pod_spec.name_service(pod_spec["containers"][0], isvc)
        return Workload(
            component=component,
            name=components.name_of(isvc, component, self._stack),
            labels=components.labels_for(isvc, component),
            annotations=components.annotations_for(isvc, component, self._stack, source=source),
            pod_spec=pod_spec,
            spec=spec,
        )

    def _art(self, isvc: Obj, spec: Obj, host: str) -> Obj:
        """KServe's own explainer. The client's arguments come twice, as they do from KServe."""
        art = spec["art"]
        own = art.get("args") or []
        args = ["--model_name", isvc["metadata"]["name"], *HTTP_PORT]
        if not _includes(own, "--predictor_host"):
            args += ["--predictor_host", host]
        args += _workers(own, spec)
        if art.get("storageUri"):
            args += ["--storage_uri", MODEL_DIR]
        args += ["--adversary_type", art["type"]]
        for name, value in sorted((art.get("config") or {}).items()):
            args += [f"--{name}", value]
        container: Obj = {name: value for name, value in copy_of(art).items() if name not in ART_FIELDS}
        container["args"] = [*args, *own, *own]
        if not container.get("image"):
            config = self._config("explainers").get("art") or {}
            container["image"] = (
                f"{config.get('image')}:{art.get('runtimeVersion') or config.get('defaultImageVersion')}"
            )
        container["name"] = isvc_pod_spec.CONTAINER
        return container

    def _config(self, key: str) -> Obj:
        found = self._store.find(CONFIG_MAPS, "kserve", "inferenceservice-config") or {}
        config: Obj = json.loads((found.get("data") or {}).get(key) or "{}")
        return config


def _tell(container: Obj, isvc: Obj, spec: Obj, host: str) -> None:
    """What KServe's SDK wants to know, after what the client says."""
    args = list(container.get("args") or ())
    given = list(args)
    for option, value in (("--model_name", isvc["metadata"]["name"]), ("--predictor_host", host), HTTP_PORT):
        if not _includes(given, option):
            args += [option, value]
    container["args"] = [*args, *_workers(given, spec)]


def _workers(given: list[str], spec: Obj) -> list[str]:
    limit = spec.get("containerConcurrency")
    return [] if limit is None or _includes(given, "--workers") else ["--workers", str(limit)]


def _includes(args: list[str], option: str) -> bool:
    """As pkg/utils/utils.go, IncludesArg."""
    return any(each.startswith(option) for each in args)
