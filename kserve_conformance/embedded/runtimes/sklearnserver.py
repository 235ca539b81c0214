"""The scikit-learn model server of a pod: KServe's own ModelServer, with the behaviour of its sklearnserver.

Read at kserve v0.20.0 python/sklearnserver/sklearnserver/model.py: one model file in the folder, probabilities on
demand, and every failure of the model an InferenceError.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

import joblib
from kserve import Model, ModelServer
from kserve.errors import InferenceError, ModelMissingError
from kserve.protocol.dataplane import DataPlane
from kserve.protocol.infer_type import InferRequest, InferResponse
from kserve.utils.utils import get_predict_input, get_predict_response

EXTENSIONS = (".joblib", ".pkl", ".pickle")
# Seeded defects of this layer, comma separated; the kubelet sets them.
FAULTS_ENV = "EMBEDDED_FAULTS"
# The KServe version to behave like; the platform's pod mutator sets it.
VERSION_ENV = "EMBEDDED_KSERVE_VERSION"


class SklearnModel(Model):  # type: ignore[misc]
    """One model file, loaded before the server listens."""

    def __init__(self, name: str, folder: Path) -> None:
        super().__init__(name)
        self._folder = folder
        self._faults = frozenset(os.environ.get(FAULTS_ENV, "").split(","))
        self._model: Any = None

    def load(self) -> bool:
        files = [each for each in sorted(self._folder.iterdir()) if each.suffix in EXTENSIONS]
        if not files:
            raise ModelMissingError(self._folder)
        if len(files) > 1:
            raise RuntimeError(f"More than one model file is detected, only one is allowed within model_dir: {files}")
        self._model = joblib.load(files[0])
        self.ready = True
        return self.ready

    def predict(self, payload: Any, headers: dict[str, str] | None = None) -> Any:  # noqa: ARG002 - KServe's signature
        try:
            instances = get_predict_input(payload)
            wants_shares = os.environ.get("PREDICT_PROBA", "false").lower() == "true"
            verb = "predict_proba" if wants_shares and hasattr(self._model, "predict_proba") else "predict"
            answer = get_predict_response(payload, getattr(self._model, verb)(instances), self.name)
        except Exception as error:
            raise InferenceError(str(error)) from error
        if isinstance(payload, InferRequest) and isinstance(answer, InferResponse):
            self._misbehave(answer)
        return answer

    def _misbehave(self, answer: InferResponse) -> None:
        if "v2-id-dropped" in self._faults:
            answer.id = "lost"
        if "v2-wrong-datatype" in self._faults:
            for output in answer.outputs:
                output._datatype = "INT32"


def main(arguments: list[str]) -> None:
    """Serves until SIGTERM; an exception ends the process before anything listens."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model_name", default="model")
    parser.add_argument("--model_dir", required=True)
    parser.add_argument("--http_port", type=int, default=8080)
    options, _ = parser.parse_known_args(arguments)
    if os.environ.get(VERSION_ENV, "").startswith("0.10."):
        _take_any_content_type()
    model = SklearnModel(options.model_name, Path(options.model_dir))
    model.load()
    ModelServer(http_port=options.http_port, workers=1, enable_grpc=False).start([model])


def _take_any_content_type() -> None:
    """Until 0.11 every body was read as JSON, whatever its Content-Type (kserve v0.10.0 protocol/dataplane.py)."""
    decode = DataPlane.decode

    def as_json(self: DataPlane, body: Any, headers: dict[str, str], *rest: Any, **more: Any) -> Any:
        plain = {name: text for name, text in headers.items() if name != "content-type"}
        return decode(self, body, plain, *rest, **more)

    DataPlane.decode = as_json
