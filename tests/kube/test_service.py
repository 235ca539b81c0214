"""What an InferenceService says of itself."""

from __future__ import annotations

from typing import Any

import pytest

from kserve_conformance.kube.manifest import Fields
from kserve_conformance.kube.service import Service

READY = {"type": "Ready", "status": "True"}
LATE = {"type": "ExplainerReady", "status": "Unknown", "reason": "Deploying"}


def service(spec: dict[str, Any], *conditions: dict[str, str]) -> Service:
    class Client:
        def get(self, *_: Any) -> dict[str, Any]:
            return {"metadata": {"name": "a"}, "spec": spec, "status": {"conditions": list(conditions)}}

    return Service(Client(), Fields({}), name="a", namespace="n", labels={})


@pytest.mark.parametrize(
    ("parts", "conditions", "lacks"),
    [
        (["predictor"], [], "Ready missing"),
        (["predictor"], [READY], ""),
        (["predictor"], [READY, LATE], ""),
        (["predictor", "explainer"], [READY, LATE], "ExplainerReady Unknown, Deploying"),
        (["predictor", "transformer"], [READY], "TransformerReady missing"),
    ],
)
def test_ready_is_not_all_there_is_to_wait_for(parts, conditions, lacks) -> None:
    assert service({part: {} for part in parts}, *conditions).lacks() == lacks
