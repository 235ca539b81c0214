"""Somebody else on the same platform, for a decoy: whatever a test deploys, a neighbour has a service of that name.

It is another model, in another namespace whose name begins like the test's, and has trouble enough to report.
"""

from __future__ import annotations

import contextlib

from kserve_conformance.embedded.apiserver.resources import INFERENCE_SERVICES, NAMESPACES
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.errors import ApiError
from kserve_conformance.embedded.events import Recorder
from kserve_conformance.embedded.objects import Obj, key_of

MODEL = {"modelFormat": {"name": "sklearn"}, "storageUri": "gs://kfserving-examples/models/sklearn/1.0/model-2"}
ENDING = "-neighbour"


def move_in(store: Store, events: Recorder, beside: Obj) -> None:
    """Once for each service; says nothing when the neighbour is there already."""
    key = key_of(beside)
    namespace = key.namespace + ENDING
    with contextlib.suppress(ApiError):
        store.create(NAMESPACES, {"metadata": {"name": namespace}})
    with contextlib.suppress(ApiError):
        predictor = {"minReplicas": 0, "model": {**MODEL, "args": ["--model_name=neighbour"]}}
        mine = {"metadata": {"name": key.name, "namespace": namespace}, "spec": {"predictor": predictor}}
        service = store.create(INFERENCE_SERVICES, mine)
        events.record(service, "Warning", "InternalError", "the neighbour's service has trouble of its own")
