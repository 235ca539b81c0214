"""The platform's own components: what each does goes on only while one of its pods is ready.

Their pods have no process (node/images.py); their work is done in this one, on their behalf.
"""

from __future__ import annotations

from kserve_conformance.embedded.apiserver.changes import Event
from kserve_conformance.embedded.apiserver.resources import PODS, Resource
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.objects import Key, controller_of, is_ready_pod

CONTROLLER = Key("knative-serving", "controller")
AUTOSCALER = Key("knative-serving", "autoscaler")
WEBHOOK = Key("knative-serving", "webhook")
DOMAIN_MAPPING = Key("knative-serving", "domain-mapping")  # until Knative 1.11
ISTIOD = Key("istio-system", "istiod")
KSERVE = Key("kserve", "kserve-controller-manager")
ALL = (CONTROLLER, AUTOSCALER, WEBHOOK, DOMAIN_MAPPING, ISTIOD, KSERVE)


class Components:
    """Follows the pods of their Deployments; to be made before there are any."""

    def __init__(self, store: Store) -> None:
        self._ready: dict[Key, list[str]] = {each: [] for each in ALL}
        store.listeners.append(self._note)

    def leader(self, component: Key) -> str:
        """The pod that does the work, the longest ready one; empty while there is none."""
        return next(iter(self._ready[component]), "")

    def is_up(self, component: Key) -> bool:
        return bool(self._ready[component])

    def _note(self, resource: Resource, event: Event) -> None:
        if resource is not PODS:
            return
        owner = controller_of(event.obj, "ReplicaSet")
        component = Key(owner.namespace, owner.name.rpartition("-")[0]) if owner else None
        if component not in self._ready:
            return
        name, ready = str(event.obj["metadata"]["name"]), self._ready[component]
        serves = event.type != "DELETED" and is_ready_pod(event.obj)
        if serves and name not in ready:
            ready.append(name)
        elif not serves and name in ready:
            ready.remove(name)
