"""What both protocols of MLServer offer (mlserver/handlers)."""

from __future__ import annotations

import uuid
from typing import Any

import numpy as np
import pandas as pd
from prometheus_client import Counter, Summary

from kserve_conformance.embedded.runtimes.mlserver import codecs
from kserve_conformance.embedded.runtimes.mlserver.errors import InferenceError, ModelNotFoundError, WorkerError
from kserve_conformance.embedded.runtimes.mlserver.models import Runtime, Settings
from kserve_conformance.embedded.runtimes.mlserver.types import (
    InferenceRequest,
    InferenceResponse,
    Parameters,
    Tensor,
)

SUCCESSES = Counter("model_infer_request_success", "Model infer request success count", ["model", "version"])
FAILURES = Counter("model_infer_request_failure", "Model infer request failure count", ["model", "version"])
DURATIONS = Summary("model_infer_request_duration", "Model infer request duration", ["model", "version"])


class Server:
    """The models, and how this version of MLServer answers for them."""

    def __init__(self, version: str, models: dict[str, tuple[Settings, Runtime]]) -> None:
        self.version = version
        self.is_old = version.startswith("1.0.")
        self._models = models
        self._unloaded: dict[str, tuple[Settings, Runtime]] = {}

    def metadata(self) -> dict[str, Any]:
        return {"name": "mlserver", "version": self.version, "extensions": []}

    def model_metadata(self, name: str, version: str | None) -> dict[str, Any]:
        """Raises ModelNotFoundError."""
        settings, _ = self._find(name, version)
        return {
            "name": settings.name,
            "versions": settings.versions,
            "platform": settings.platform,
            "inputs": settings.inputs,
            "outputs": settings.outputs,
            "parameters": {},
        }

    def check_ready(self, name: str, version: str | None) -> None:
        """Raises ModelNotFoundError."""
        self._find(name, version)

    def index(self, *, only_ready: bool) -> list[dict[str, str]]:
        states = [(self._models, "READY"), *([] if only_ready else [(self._unloaded, "UNAVAILABLE")])]
        return [{"name": name, "state": state, "reason": ""} for models, state in states for name in models]

    def load(self, name: str) -> None:
        """Raises ModelNotFoundError."""
        if name in self._unloaded:
            self._models[name] = self._unloaded.pop(name)
        self._find(name, None)

    def unload(self, name: str) -> None:
        """Raises ModelNotFoundError."""
        self._find(name, None)
        self._unloaded[name] = self._models.pop(name)

    def infer(self, request: InferenceRequest, name: str, version: str | None) -> InferenceResponse:
        """Raises ServerError; before MLServer 1.2 also whatever the model raises."""
        labels = {"model": name, "version": str(version)}
        with DURATIONS.labels(**labels).time(), FAILURES.labels(**labels).count_exceptions():
            settings, runtime = self._find(name, version)
            try:
                outputs = self._outputs(request, runtime)
            except Exception as error:
                if self.is_old:
                    raise
                raise WorkerError(error) from error
        SUCCESSES.labels(**labels).inc()
        return InferenceResponse(
            model_name=settings.name,
            model_version=settings.version,
            id=request.id or str(uuid.uuid4()),
            parameters=None if self.is_old else Parameters(),
            outputs=outputs,
        )

    def event_headers(self, answer: InferenceResponse) -> dict[str, str]:
        """A CloudEvent's, on every answer (mlserver/cloudevents.py)."""
        if self.is_old:
            return {}
        return {
            "Ce-Specversion": "0.3",
            "Ce-Source": "io.seldon.serving.deployment.mlserver",
            "Ce-Type": "io.seldon.serving.inference.response",
            "Ce-Modelid": answer.model_name,
            "Ce-Inferenceservicename": "mlserver",
            "Ce-Endpoint": answer.model_name,
            "Ce-Id": str(answer.id),
            "Ce-Requestid": str(answer.id),
        }

    def _find(self, name: str, version: str | None) -> tuple[Settings, Runtime]:
        found = self._models.get(name)
        if found is None or (version and version != found[0].version):
            raise ModelNotFoundError(name, version)
        return found

    def _outputs(self, request: InferenceRequest, runtime: Runtime) -> list[Tensor]:
        wanted = [each.name for each in request.outputs or ()] or [runtime.outputs[0]]
        for each in wanted:
            if each not in runtime.outputs:
                known = ", ".join(f"'{name}'" for name in runtime.outputs[:-1]) + f" and '{runtime.outputs[-1]}'"
                what = type(runtime).__name__.replace("Runtime", "Model").replace("Sklearn", "SKLearn")
                what = what.replace("Xgboost", "XGBoost")
                raise InferenceError(f"{what} only supports {known} as outputs ({each} was received)")
        instances = codecs.decoded(request)
        found: list[Tensor] = []
        for each in wanted:
            answer = runtime.answer(each, instances)
            if isinstance(answer, pd.DataFrame):
                return codecs.encoded_columns(answer, tagged=not self.is_old)
            found.append(codecs.encoded(each, np.asarray(answer), tagged=not self.is_old))
        return found
