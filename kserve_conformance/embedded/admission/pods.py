"""Pods: the API server's defaults, and KServe's pod mutator, which adds the storage initializer.

kserve pkg/webhook/admission/pod/storage_initializer_injector.go; kubernetes pkg/apis/core/v1/defaults.go.
"""

from __future__ import annotations

from kserve_conformance.embedded.objects import Obj, annotations_of, labels_of
from kserve_conformance.embedded.stacks import Stack

ISVC_LABEL = "serving.kserve.io/inferenceservice"
SOURCE_ANNOTATION = "internal.serving.kserve.io/storage-initializer-sourceuri"
INITIALIZER = "storage-initializer"
MODEL_CONTAINER = "kserve-container"
VOLUME = "kserve-provision-location"
MODEL_DIR = "/mnt/models"
# Ours, not KServe's: tells the model server of a pod which KServe version it has to behave like.
VERSION_ENV = "EMBEDDED_KSERVE_VERSION"


class Mutator:
    """Changes pods when they are created; later updates pass."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack

    def admit(self, pod: Obj, old: Obj | None) -> Obj:
        if old is not None:
            return pod
        container = next((each for each in pod["spec"]["containers"] if each["name"] == MODEL_CONTAINER), None)
        if ISVC_LABEL in labels_of(pod) and container is not None:
            self._inject(pod, container)
        _fill(pod)
        return pod

    def _inject(self, pod: Obj, container: Obj) -> None:
        env = container.setdefault("env", [])
        if all(each["name"] != VERSION_ENV for each in env):
            env.append({"name": VERSION_ENV, "value": self._stack.kserve})
        source = annotations_of(pod).get(SOURCE_ANNOTATION)
        initializers = pod["spec"].setdefault("initContainers", [])
        if source is None or any(each["name"] == INITIALIZER for each in initializers):
            return
        pod["spec"].setdefault("volumes", []).append({"name": VOLUME, "emptyDir": {}})
        mount = {"name": VOLUME, "mountPath": MODEL_DIR}
        container.setdefault("volumeMounts", []).append({**mount, "readOnly": True})
        for each in env:
            if each["name"] == "STORAGE_URI" and each.get("value"):
                each["value"] = MODEL_DIR
        initializers.append(
            {
                "name": INITIALIZER,
                "image": f"kserve/storage-initializer:v{self._stack.kserve}",
                "args": [source, MODEL_DIR],
                "resources": {
                    "requests": {"cpu": "100m", "memory": "100Mi"},
                    "limits": {"cpu": "1", "memory": "1Gi"},
                },
                "terminationMessagePolicy": "FallbackToLogsOnError",
                "volumeMounts": [mount],
            }
        )


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
