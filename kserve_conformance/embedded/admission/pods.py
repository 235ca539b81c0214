"""Pods: the API server's defaults, and KServe's pod mutator, which adds the storage initializer and the agent.

kubernetes pkg/apis/core/v1/defaults.go.
"""

from __future__ import annotations

from kserve_conformance.embedded.admission import offered
from kserve_conformance.embedded.admission.agent import AgentInjector
from kserve_conformance.embedded.admission.storage_initializer import Injector
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.faults import Faults
from kserve_conformance.embedded.objects import Obj, labels_of
from kserve_conformance.embedded.stacks import Stack

ISVC_LABEL = "serving.kserve.io/inferenceservice"
MODEL_CONTAINER = "kserve-container"


class Mutator:
    """Changes pods when they are created; later updates pass."""

    def __init__(self, store: Store, stack: Stack, faults: Faults) -> None:
        self._model = Injector(store, stack, faults)
        self._agent = AgentInjector(store, stack, faults)

    def admit(self, pod: Obj, old: Obj | None) -> Obj:
        """Raises ApiError 403."""
        if old is not None:
            return pod
        container = next((each for each in pod["spec"]["containers"] if each["name"] == MODEL_CONTAINER), None)
        if ISVC_LABEL in labels_of(pod) and container is not None:
            self._model.inject(pod, container)
            self._agent.inject(pod)
        offered.check_pod(pod)
        _fill(pod)
        return pod


def _fill(pod: Obj) -> None:
    spec = pod["spec"]
    for field, value in (
        ("restartPolicy", "Always"),
        ("terminationGracePeriodSeconds", 30),
        ("dnsPolicy", "ClusterFirst"),
        ("serviceAccountName", "default"),
        ("schedulerName", "default-scheduler"),
        ("enableServiceLinks", True),
    ):
        spec.setdefault(field, value)
    for container in (*spec["containers"], *(spec.get("initContainers") or ())):
        container.setdefault("resources", {})
        container.setdefault("terminationMessagePath", "/dev/termination-log")
        container.setdefault("terminationMessagePolicy", "File")
        latest = ":" not in container["image"].rpartition("/")[2] or container["image"].endswith(":latest")
        container.setdefault("imagePullPolicy", "Always" if latest else "IfNotPresent")
