"""The XGBoost model server (kserve python/xgbserver/xgbserver/model.py)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import xgboost
from kserve.utils.utils import get_predict_input, get_predict_response

from kserve_conformance.embedded.runtimes import kserve_server


class XgboostModel(kserve_server.FileModel):
    extensions = (".bst", ".json", ".ubj")

    def load_file(self, path: Path) -> None:
        self._booster = xgboost.Booster(params={"nthread": self._threads}, model_file=bytearray(path.read_bytes()))

    def infer(self, payload: Any) -> Any:
        return get_predict_response(payload, self._answer(get_predict_input(payload)), self.name)

    def infer_as_0_10(self, payload: Any) -> Any:
        return {"predictions": self._answer(np.array(payload["instances"])).tolist()}

    def _answer(self, instances: Any) -> Any:
        return self._booster.predict(xgboost.DMatrix(instances, nthread=self._threads))


def main(arguments: list[str]) -> None:
    options, _ = kserve_server.parser().parse_known_args(arguments)
    kserve_server.serve(XgboostModel, options)
