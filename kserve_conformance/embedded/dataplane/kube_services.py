"""Services that lead to their pods without Knative, as kube-proxy and an ingress controller would have them."""

from __future__ import annotations

from collections.abc import Iterator

from kserve_conformance.embedded.apiserver.resources import SERVICES
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.objects import Key, Obj, is_terminating, key_of, labels_of

KNATIVE_TYPE = "networking.internal.knative.dev/serviceType"
# Namespaces of the platform's own components, which have no processes of their own to listen.
SYSTEM = ("cert-manager", "istio-system", "knative-serving", "kube-system")


def routable(store: Store) -> Iterator[Key]:
    """Every Service with pods of its own, but for those that Knative makes for its revisions."""
    for service in store.look(SERVICES):
        selects = bool(service["spec"].get("selector")) and bool(service["spec"].get("ports"))
        ours = KNATIVE_TYPE not in labels_of(service) and service["metadata"]["namespace"] not in SYSTEM
        if selects and ours and not is_terminating(service):
            yield key_of(service)


def backends(ingress: Obj) -> Iterator[tuple[str, Key]]:
    """Hosts and where they lead. KServe's have one path, which is everything."""
    if is_terminating(ingress):
        return
    for rule in ingress["spec"].get("rules") or ():
        for path in (rule.get("http") or {}).get("paths") or ():
            service = (path.get("backend") or {}).get("service")
            if rule.get("host") and service:
                yield rule["host"], Key(ingress["metadata"]["namespace"], service["name"])
