"""A program of KServe's SDK: with `--predictor_host` a transformer and explainer, without it a model."""
# ruff: noqa: ARG002 - KServe's signatures

import argparse
import os
from typing import Any

from kserve import Model, ModelServer, model_server

NAMES = ("setosa", "versicolor", "virginica")


class Flowers(Model):  # type: ignore[misc]
    """Millimetres in, names out."""

    async def preprocess(self, payload: Any, headers: Any = None) -> Any:
        return {"instances": [[length / 10 for length in each] for each in payload["instances"]]}

    async def explain(self, payload: Any, headers: Any = None) -> Any:
        predicted = await super().predict(payload, headers)
        return {"predictions": predicted["predictions"], "explained": True}

    async def postprocess(self, result: Any, headers: Any = None, response_headers: Any = None) -> Any:
        return {**result, "predictions": [NAMES[each] for each in result["predictions"]]}


class Constant(Model):  # type: ignore[misc]
    """A model that needs nobody."""

    async def predict(self, payload: Any, headers: Any = None, response_headers: Any = None) -> Any:
        return {"predictions": [os.environ["ANSWER"] for _ in payload["instances"]]}


options, _ = argparse.ArgumentParser(parents=[model_server.parser]).parse_known_args()

if __name__ == "__main__":
    model = Flowers(options.model_name) if options.predictor_host else Constant(options.model_name)
    model.load()
    ModelServer().start([model])
