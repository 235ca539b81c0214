"""The scikit-learn model server (kserve python/sklearnserver/sklearnserver/model.py): probabilities on demand."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import joblib
from kserve.utils.utils import get_predict_input, get_predict_response

from kserve_conformance.embedded.runtimes import kserve_0_10, kserve_server


class SklearnModel(kserve_server.FileModel):
    extensions = (".joblib", ".pkl", ".pickle")

    def load_file(self, path: Path) -> None:
        self._model = joblib.load(path)

    def predict(self, payload: Any, headers: dict[str, str] | None = None) -> Any:
        if kserve_0_10.is_emulated():
            payload["instances"]  # what this raises is no InferenceError there
        return super().predict(payload, headers)

    def infer(self, payload: Any) -> Any:
        return get_predict_response(payload, self._answer(get_predict_input(payload)), self.name)

    def infer_as_0_10(self, payload: Any) -> Any:
        return {"predictions": self._answer(payload["instances"]).tolist()}

    def _answer(self, instances: Any) -> Any:
        wants_shares = os.environ.get("PREDICT_PROBA", "false").lower() == "true"
        verb = "predict_proba" if wants_shares and hasattr(self._model, "predict_proba") else "predict"
        return getattr(self._model, verb)(instances)


def main(arguments: list[str]) -> None:
    options, _ = kserve_server.parser().parse_known_args(arguments)
    kserve_server.serve(SklearnModel, options)
