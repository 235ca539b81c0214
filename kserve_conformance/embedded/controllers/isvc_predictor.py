"""The predictor: a model in the runtime that serves it, or containers of the user's own.

kserve pkg/controller/v1beta1/inferenceservice/components/predictor.go.
"""

from __future__ import annotations

from kserve_conformance.embedded.admission.isvc_validation import NEWER_SCHEMES, is_supported_uri, unsupported_uri
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.controllers import (
    components,
    isvc_model_status,
    isvc_pod_spec,
    runtime_defaults,
    serving_runtimes,
)
from kserve_conformance.embedded.controllers.components import PREDICTOR, ComponentError, Workload
from kserve_conformance.embedded.controllers.occasions import Occasions
from kserve_conformance.embedded.objects import Obj
from kserve_conformance.embedded.stacks import Stack


class Predictor:
    def __init__(self, store: Store, stack: Stack, occasions: Occasions) -> None:
        self._store = store
        self._stack = stack
        self._occasions = occasions

    def workload(self, isvc: Obj) -> Workload:
        """Raises ComponentError; a specification that cannot be served shows in modelStatus, too."""
        predictor = isvc["spec"]["predictor"]
        model = predictor.get("model")
        source = components.storage_uri(predictor)
        two_places = source is not None and ((model or {}).get("storage") or {}).get("path") is not None
        if two_places and not self._occasions.fires("two-places-accepted", isvc):  # F252
            raise ComponentError("must provide only one of storageUri and storage.path")
        known = source is None or is_supported_uri(source, NEWER_SCHEMES)
        if source is not None and not known and not self._occasions.fires("bad-storage-scheme-accepted", isvc):  # F013
            raise ComponentError(f"StorageURI not supported: {unsupported_uri(source, NEWER_SCHEMES)}")
        runtime, filled = None, isvc
        try:
            if model is not None:
                runtime = serving_runtimes.choose(
                    self._store,
                    isvc["metadata"]["namespace"],
                    model,
                    self._stack,
                    overlooks=lambda knob: self._occasions.fires(knob, isvc),
                )
                if self._stack.reports_mode and not self._occasions.fires("runtime-unreported", isvc):  # F283
                    _name_runtime(isvc["status"], runtime)
                filled = runtime_defaults.fill(isvc, runtime, self._stack)
            pod_spec = isvc_pod_spec.build(filled, runtime, self._stack)
        except serving_runtimes.InvalidSpecError as error:
            unknown = error.reason == "RuntimeNotRecognized"
            untold = unknown and self._occasions.fires("unknown-runtime-untold", isvc)  # F173
            if not untold and not self._occasions.fires("never-ready-no-reason", isvc):  # F003
                isvc_model_status.invalid_spec(isvc["status"], error.reason, error.message)
            raise ComponentError(str(error)) from error
        of_runtime = runtime.spec if runtime else None
        return Workload(
            component=PREDICTOR,
            name=components.name_of(isvc, PREDICTOR, self._stack),
            labels=components.labels_for(filled, PREDICTOR, of_runtime),
            annotations=components.annotations_for(filled, PREDICTOR, self._stack, source=source, runtime=of_runtime),
            pod_spec=pod_spec,
            spec=predictor,
        )


def _name_runtime(status: Obj, runtime: serving_runtimes.Runtime) -> None:
    mine, other = "clusterServingRuntimeName", "servingRuntimeName"
    if not runtime.cluster:
        mine, other = other, mine
    status[mine] = runtime.name
    status.pop(other, None)
