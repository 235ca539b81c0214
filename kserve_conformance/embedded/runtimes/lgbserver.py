"""The LightGBM model server (kserve python/lgbserver/lgbserver/model.py)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
from kserve.utils.utils import get_predict_input, get_predict_response

from kserve_conformance.embedded.runtimes import kserve_server


class LightgbmModel(kserve_server.FileModel):
    extensions = (".bst",)

    def load_file(self, path: Path) -> None:
        self._booster = lightgbm.Booster(params={"nthread": self._threads}, model_file=path)

    def infer(self, payload: Any) -> Any:
        instances = get_predict_input(payload, columns=self._booster.feature_name())
        return get_predict_response(payload, self._booster.predict(instances), self.name)

    def infer_as_0_10(self, payload: Any) -> Any:
        """Only `inputs`, each of them columns or rows of a data frame."""
        columns = self._booster.feature_name()
        frames = [pd.DataFrame(each, columns=columns) for each in payload["inputs"]]
        return {"predictions": np.asarray(self._booster.predict(pd.concat(frames, axis=0))).tolist()}


def main(arguments: list[str]) -> None:
    options, _ = kserve_server.parser().parse_known_args(arguments)
    kserve_server.serve(LightgbmModel, options)
