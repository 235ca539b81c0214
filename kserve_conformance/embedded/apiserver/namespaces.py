"""What the controller manager puts into every new namespace."""

from __future__ import annotations

from kserve_conformance.embedded.apiserver.changes import Event
from kserve_conformance.embedded.apiserver.resources import CONFIG_MAPS, NAMESPACES, SERVICE_ACCOUNTS, Resource
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.objects import is_terminating


class NamespaceContents:
    """The default ServiceAccount and the cluster's certificate (kubernetes pkg/controller/serviceaccount and
    pkg/controller/certificates/rootcacertpublisher)."""

    def __init__(self, store: Store, certificate: str) -> None:
        self._store = store
        self._certificate = certificate
        for namespace in store.look(NAMESPACES):
            self._fill(namespace["metadata"]["name"])
        store.listeners.append(self._note)

    def _note(self, resource: Resource, event: Event) -> None:
        if resource is NAMESPACES and event.type == "ADDED" and not is_terminating(event.obj):
            self._fill(event.obj["metadata"]["name"])

    def _fill(self, name: str) -> None:
        account = {"metadata": {"name": "default", "namespace": name}}
        authority = {
            "metadata": {"name": "kube-root-ca.crt", "namespace": name},
            "data": {"ca.crt": self._certificate},
        }
        for resource, obj in ((SERVICE_ACCOUNTS, account), (CONFIG_MAPS, authority)):
            if self._store.find(resource, name, obj["metadata"]["name"]) is None:
                self._store.create(resource, obj)
