"""KServe's pod mutator, as far as models are concerned: the storage initializer, or a claim mounted in its place.

kserve pkg/webhook/admission/pod/storage_initializer_injector.go of v0.10.0 and v0.20.0.
"""

from __future__ import annotations

import json

from kserve_conformance.embedded.admission.credentials import Credentials
from kserve_conformance.embedded.apiserver.resources import CONFIG_MAPS
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.faults import Faults
from kserve_conformance.embedded.objects import Obj, annotations_of, labels_of
from kserve_conformance.embedded.stacks import Stack

INTERNAL = "internal.serving.kserve.io/"
SOURCE = INTERNAL + "storage-initializer-sourceuri"
SPEC, SPEC_PARAMETERS, SPEC_KEY = (
    INTERNAL + each for each in ("storage-spec", "storage-spec-param", "storage-spec-key")
)
READ_ONLY = "storage.kserve.io/readonly"
INITIALIZER = "storage-initializer"
VOLUME, CLAIM_VOLUME = "kserve-provision-location", "kserve-pvc-source"
MODELS, CLAIM_FOLDER = "/mnt/models", "/mnt/pvc"
CLAIM_SCHEME = "pvc://"


class Injector:
    """Reads its settings anew for each pod, as the webhook does."""

    def __init__(self, store: Store, stack: Stack, faults: Faults) -> None:
        self._store = store
        self._stack = stack
        self._faults = faults
        self._first: dict[tuple[str, str], str] = {}

    def inject(self, pod: Obj, container: Obj) -> None:
        """Changes the pod when its service has a model. Raises ApiError 403 when its credentials are not there."""
        source = annotations_of(pod).get(SOURCE)
        initializers = pod["spec"].setdefault("initContainers", [])
        if source is None or any(each["name"] == INITIALIZER for each in initializers):
            return
        source = self._fetched(pod, source)
        for each in container.get("env") or ():
            if each["name"] == "STORAGE_URI" and each.get("value"):
                each["value"] = MODELS
        volumes = pod["spec"].setdefault("volumes", [])
        mounts = container.setdefault("volumeMounts", [])
        read_only = self._stack.name == "tutorial" or annotations_of(pod).get(READ_ONLY) != "false"
        claim_mounts: list[Obj] = []
        if source.startswith(CLAIM_SCHEME):
            claim, _, path = source.removeprefix(CLAIM_SCHEME).partition("/")
            if self._faults.fires("claim-path-ignored", pod["metadata"]["namespace"]):  # F146
                path = ""
            volumes.append({"name": CLAIM_VOLUME, "persistentVolumeClaim": {"claimName": claim}})
            if self._stack.direct_claims:
                mounts.append(_mount(CLAIM_VOLUME, MODELS, read_only=read_only, path=path))
                return
            claim_mounts = [_mount(CLAIM_VOLUME, CLAIM_FOLDER, read_only=True)]
            source = f"{CLAIM_FOLDER}/{path}"
        volumes.append({"name": VOLUME, "emptyDir": {}})
        mounts.extend([*claim_mounts, _mount(VOLUME, MODELS, read_only=read_only)])
        initializer = self._initializer(source, claim_mounts)
        if self._faults.fires("initializer-without-resources", pod["metadata"]["namespace"]):  # F383
            del initializer["resources"]
        if self._faults.fires("initializer-renamed", pod["metadata"]["namespace"]):  # F386
            initializer["name"] = "model-fetcher"
        self._add_credentials(pod, initializer, volumes)
        if not initializer["env"]:
            del initializer["env"]
        initializers.append(initializer)

    def _fetched(self, pod: Obj, source: str) -> str:
        service = pod["metadata"]["namespace"], labels_of(pod).get("serving.kserve.io/inferenceservice", "")
        if self._faults.fires("stale-model-after-uri-change", service[0]):  # F082
            return self._first.setdefault(service, source)
        return source

    def _initializer(self, source: str, claim_mounts: list[Obj]) -> Obj:
        config = self._config("storageInitializer")
        quantities = {
            kind: {"cpu": config[f"cpu{kind.capitalize()}"], "memory": config[f"memory{kind.capitalize()}"]}
            for kind in ("request", "limit")
        }
        return {
            "name": INITIALIZER,
            "image": config["image"],
            "args": [source, MODELS],
            "env": [],
            "resources": {"requests": quantities["request"], "limits": quantities["limit"]},
            "terminationMessagePolicy": "FallbackToLogsOnError",
            "volumeMounts": [*claim_mounts, _mount(VOLUME, MODELS, read_only=False)],
        }

    def _add_credentials(self, pod: Obj, initializer: Obj, volumes: list[Obj]) -> None:
        annotations, config = annotations_of(pod), self._config("credentials")
        named = annotations.get(config.get("storageSecretNameAnnotation") or "")
        credentials = Credentials(self._store, self._faults, pod["metadata"]["namespace"], config)
        if annotations.get(SPEC) == "true":
            parameters = json.loads(annotations.get(SPEC_PARAMETERS, "{}"))
            default = config.get("storageSpecSecretName") or "storage-config"
            credentials.from_storage_spec(initializer, annotations.get(SPEC_KEY, ""), parameters, named or default)
        else:
            account = pod["spec"].get("serviceAccountName", "")
            credentials.from_service_account(initializer, volumes, account, named)

    def _config(self, key: str) -> Obj:
        config_map = self._store.get(CONFIG_MAPS, "kserve", "inferenceservice-config")
        document: Obj = json.loads(config_map["data"].get(key, "{}"))
        return document


def _mount(volume: str, at: str, *, read_only: bool, path: str = "") -> Obj:
    mount: Obj = {"name": volume, "mountPath": at}
    if read_only:
        mount["readOnly"] = True
    if path:
        mount["subPath"] = path
    return mount
