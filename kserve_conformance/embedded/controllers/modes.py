"""Which deployment mode applies, and what of kserve/inferenceservice-config the controllers read.

kserve pkg/controller/v1beta1/inferenceservice/utils/utils.go (GetDeploymentMode).
"""

from __future__ import annotations

import json
from typing import Any

from kserve_conformance.embedded.apiserver.resources import CONFIG_MAPS
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.objects import Obj, annotations_of

ANNOTATION = "serving.kserve.io/deploymentMode"
RAW = ("RawDeployment", "Standard")
KNATIVE = ("Serverless", "Knative")


def is_standard(obj: Obj, store: Store) -> bool:
    """Of an InferenceService or InferenceGraph: as its status has it, or else as it asks, or else as configured."""
    recorded = (obj.get("status") or {}).get("deploymentMode")
    wanted = recorded or annotations_of(obj).get(ANNOTATION)
    if wanted in RAW + KNATIVE:
        return wanted in RAW
    return config(store, "deploy").get("defaultDeploymentMode", RAW[0]) in RAW


def config(store: Store, key: str) -> dict[str, Any]:
    """One of its JSON documents; empty when it is not there."""
    found = store.find(CONFIG_MAPS, "kserve", "inferenceservice-config") or {}
    document: dict[str, Any] = json.loads((found.get("data") or {}).get(key) or "{}")
    return document
