"""Which changes elsewhere ask for an InferenceService's reconciliation (kserve controller.go, SetupWithManager)."""

from __future__ import annotations

import orjson

from kserve_conformance.embedded.apiserver.resources import INFERENCE_SERVICES
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.controllers.runtime import Mapper
from kserve_conformance.embedded.objects import Key, Obj, is_terminating, key_of, labels_of
from kserve_conformance.embedded.stacks import Stack

ISVC_LABEL = "serving.kserve.io/inferenceservice"


class PodChanges:
    """Pods whose init container has something new to say (0.17); readiness comes through the Knative Service."""

    def __init__(self, stack: Stack) -> None:
        self._wanted = stack.watches_pods
        self._seen: dict[str, bytes] = {}

    def __call__(self, pod: Obj) -> list[Key]:
        name = labels_of(pod).get(ISVC_LABEL)
        if not self._wanted or name is None:
            return []
        uid = pod["metadata"]["uid"]
        if is_terminating(pod):
            self._seen.pop(uid, None)
            return []
        said = orjson.dumps((pod.get("status") or {}).get("initContainerStatuses"))
        if self._seen.get(uid) == said:
            return []
        self._seen[uid] = said
        return [Key(pod["metadata"]["namespace"], name)]


def users_of_runtime(store: Store, stack: Stack) -> Mapper:
    """The services that use a changed runtime, and those that wait for one (0.16)."""

    def mapper(runtime: Obj) -> list[Key]:
        if not stack.reports_mode:
            return []
        name, namespace = runtime["metadata"]["name"], runtime["metadata"].get("namespace")
        field = "servingRuntimeName" if namespace else "clusterServingRuntimeName"

        def concerned(isvc: Obj) -> bool:
            status = isvc.get("status") or {}
            waiting = (status.get("modelStatus") or {}).get("transitionStatus") == "InvalidSpec"
            return waiting or status.get(field) == name

        return [key_of(each) for each in store.list(INFERENCE_SERVICES, namespace, where=concerned)]

    return mapper
