"""PersistentVolumeClaims: bound at once, to a volume that is a folder of this machine.

The rules are those of kubernetes pkg/controller/volume/persistentvolume: a claim takes the volume it names, or the
smallest fitting one; otherwise its StorageClass makes one. Nobody measures how much is in a folder.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from kserve_conformance.embedded.apiserver.cells import find
from kserve_conformance.embedded.apiserver.changes import Event
from kserve_conformance.embedded.apiserver.resources import Resource
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.apiserver.stored_kinds import STORAGE_CLASSES, VOLUME_CLAIMS, VOLUMES
from kserve_conformance.embedded.objects import Obj, annotations_of, is_terminating

DEFAULT = "storageclass.kubernetes.io/is-default-class"
PROVISIONER = "embedded.kserve-conformance.dev/folder"
STANDARD: Obj = {
    "metadata": {"name": "standard", "annotations": {DEFAULT: "true"}},
    "provisioner": PROVISIONER,
    "reclaimPolicy": "Delete",
    "volumeBindingMode": "Immediate",
}


class VolumeBinder:
    """Binds claims as they come, and takes made volumes away with their claims."""

    def __init__(self, store: Store, folder: Path) -> None:
        self._store = store
        self._folder = folder
        if store.find(STORAGE_CLASSES, "", "standard") is None:
            store.create(STORAGE_CLASSES, STANDARD)
        store.listeners.append(self._note)

    def _note(self, resource: Resource, event: Event) -> None:
        if resource is VOLUME_CLAIMS and event.type == "DELETED":
            self._release(event.obj)
        elif resource is VOLUME_CLAIMS and event.type == "ADDED":
            self._bind(event.obj)
        elif resource is VOLUMES and event.type == "ADDED":
            self._store.update(VOLUMES, {**event.obj, "status": {"phase": "Available"}}, subresource="status")
            for claim in self._store.look(VOLUME_CLAIMS, where=_is_pending):
                self._bind(claim)

    def _bind(self, claim: Obj) -> None:
        name = claim["spec"].get("volumeName") or self._fitting(claim) or self._made(claim)
        claim = self._store.get(VOLUME_CLAIMS, claim["metadata"]["namespace"], claim["metadata"]["name"])
        if not _is_pending(claim):
            return  # the new volume has found it already
        volume = self._store.find(VOLUMES, "", name) if name else None
        if volume is None:
            claim["status"] = {"phase": "Pending"}
            self._store.update(VOLUME_CLAIMS, claim, subresource="status")
            return
        meta = claim["metadata"]
        volume["spec"]["claimRef"] = {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            **{field: meta[field] for field in ("name", "namespace", "uid", "resourceVersion")},
        }
        volume = self._store.update(VOLUMES, volume)
        volume["status"] = {"phase": "Bound"}
        self._store.update(VOLUMES, volume, subresource="status")
        claim["spec"]["volumeName"] = name
        claim = self._store.update(VOLUME_CLAIMS, claim)
        spec = volume["spec"]
        claim["status"] = {"phase": "Bound", "accessModes": spec.get("accessModes"), "capacity": spec.get("capacity")}
        self._store.update(VOLUME_CLAIMS, claim, subresource="status")

    def _class(self, claim: Obj) -> Obj | None:
        """The claim's StorageClass, or the default one for a claim that names none."""
        wanted = claim["spec"].get("storageClassName")
        for each in self._store.look(STORAGE_CLASSES):
            if each["metadata"]["name"] == wanted or (wanted is None and annotations_of(each).get(DEFAULT) == "true"):
                return each
        return None

    def _fitting(self, claim: Obj) -> str | None:
        wanted = claim["spec"].get("storageClassName")
        if wanted is None:
            found = self._class(claim)
            wanted = found["metadata"]["name"] if found else ""
        modes = set(claim["spec"].get("accessModes") or ())
        for volume in self._store.look(VOLUMES):
            spec, holder = volume["spec"], volume["spec"].get("claimRef")
            if holder and holder.get("uid") != claim["metadata"]["uid"]:
                continue
            if spec.get("storageClassName", "") == wanted and modes <= set(spec.get("accessModes") or ()):
                return str(volume["metadata"]["name"])
        return None

    def _made(self, claim: Obj) -> str | None:
        storage = self._class(claim)
        if storage is None or storage["provisioner"] != PROVISIONER:
            return None
        name = f"pvc-{claim['metadata']['uid']}"
        folder = self._folder / name
        folder.mkdir(parents=True)
        spec: Obj = {
            "capacity": {"storage": find(claim, ".spec.resources.requests.storage") or "1Gi"},
            "accessModes": claim["spec"].get("accessModes") or ["ReadWriteOnce"],
            "persistentVolumeReclaimPolicy": storage.get("reclaimPolicy", "Delete"),
            "storageClassName": storage["metadata"]["name"],
            "volumeMode": claim["spec"].get("volumeMode", "Filesystem"),
            "hostPath": {"path": str(folder), "type": ""},
            "claimRef": {field: claim["metadata"][field] for field in ("name", "namespace", "uid")},
        }
        if claim["spec"].get("storageClassName") is None:
            fresh = self._store.get(VOLUME_CLAIMS, claim["metadata"]["namespace"], claim["metadata"]["name"])
            fresh["spec"]["storageClassName"] = storage["metadata"]["name"]
            self._store.update(VOLUME_CLAIMS, fresh)
        self._store.create(VOLUMES, {"metadata": {"name": name}, "spec": spec})
        return name

    def _release(self, claim: Obj) -> None:
        name = claim["spec"].get("volumeName")
        volume = self._store.find(VOLUMES, "", name) if name else None
        if volume is None or find(volume, ".spec.claimRef.uid") != claim["metadata"]["uid"]:
            return
        if volume["spec"].get("persistentVolumeReclaimPolicy") == "Delete":
            if (self._folder / str(name)).is_dir():
                shutil.rmtree(self._folder / str(name))
            self._store.delete(VOLUMES, "", str(name))
        else:
            volume["status"] = {"phase": "Released"}
            self._store.update(VOLUMES, volume, subresource="status")


def _is_pending(claim: Obj) -> bool:
    return (claim.get("status") or {}).get("phase") != "Bound" and not is_terminating(claim)
