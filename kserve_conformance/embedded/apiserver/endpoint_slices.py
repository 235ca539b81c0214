"""EndpointSlices: what newer clients read where older ones read Endpoints (kubernetes pkg/controller/endpointslice)."""

from __future__ import annotations

import zlib

from kserve_conformance.embedded.apiserver.changes import Event
from kserve_conformance.embedded.apiserver.resources import ENDPOINT_SLICES, ENDPOINTS, SERVICES, Resource
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.errors import ApiError
from kserve_conformance.embedded.objects import Obj, owner_reference

LABELS = {"endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io"}
SERVICE_NAME = "kubernetes.io/service-name"


class EndpointSlices:
    """Keeps one slice for every Endpoints object, under the Service of the same name."""

    def __init__(self, store: Store) -> None:
        self._store = store
        for endpoints in store.look(ENDPOINTS):
            self._write(endpoints)
        store.listeners.append(self._note)

    def _note(self, resource: Resource, event: Event) -> None:
        if resource is not ENDPOINTS:
            return
        if event.type == "DELETED":
            meta = event.obj["metadata"]
            if self._store.find(ENDPOINT_SLICES, meta["namespace"], _name(event.obj)) is not None:
                self._store.delete(ENDPOINT_SLICES, meta["namespace"], _name(event.obj))
        else:
            self._write(event.obj)

    def _write(self, endpoints: Obj) -> None:
        namespace, name = endpoints["metadata"]["namespace"], endpoints["metadata"]["name"]
        subset: Obj = next(iter(endpoints.get("subsets") or ()), {})
        ready = [_endpoint(each, ready=True) for each in subset.get("addresses") or ()]
        waiting = [_endpoint(each, ready=False) for each in subset.get("notReadyAddresses") or ()]
        found = self._store.find(ENDPOINT_SLICES, namespace, _name(endpoints))
        fresh: Obj = found or {"metadata": {"namespace": namespace, "name": _name(endpoints)}}
        fresh |= {"addressType": "IPv4", "endpoints": ready + waiting, "ports": subset.get("ports") or []}
        fresh["metadata"]["labels"] = {**LABELS, SERVICE_NAME: name}
        if found is not None:
            self._store.update(ENDPOINT_SLICES, fresh)
            return
        owner = self._store.find(SERVICES, namespace, name)
        if owner is not None:
            fresh["metadata"]["ownerReferences"] = [owner_reference(owner)]
        try:
            self._store.create(ENDPOINT_SLICES, fresh)
        except ApiError:  # the namespace is going, and takes the Endpoints with it
            return


def _name(endpoints: Obj) -> str:
    return f"{endpoints['metadata']['name']}-{zlib.crc32(endpoints['metadata']['uid'].encode()) & 0xFFFFF:05x}"


def _endpoint(address: Obj, *, ready: bool) -> Obj:
    endpoint: Obj = {
        "addresses": [address["ip"]],
        "conditions": {"ready": ready, "serving": ready, "terminating": False},
    }
    for part in ("nodeName", "targetRef", "hostname"):
        if address.get(part):
            endpoint[part] = address[part]
    return endpoint
