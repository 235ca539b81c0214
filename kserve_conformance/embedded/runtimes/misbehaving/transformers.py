"""Defects of what KServe's SDK does between a transformer and its predictor."""

from __future__ import annotations

from typing import Any

import httpx
from kserve import Model, model

from kserve_conformance.embedded.runtimes import seeded


def misbehave() -> None:
    """In this process, for good, with the defects that this container shall have."""
    if "transformer-keeps-headers" in seeded():  # F320
        model._FORWARDABLE_HEADERS = frozenset()
    if "transformer-hides-failures" in seeded():  # F329
        Model._http_predict = _nothing_predicted(Model._http_predict)


def _nothing_predicted(original: Any) -> Any:
    async def ask(self: Model, *request: Any, **more: Any) -> Any:
        try:
            return await original(self, *request, **more)
        except httpx.HTTPStatusError:
            return {"predictions": []}

    return ask
