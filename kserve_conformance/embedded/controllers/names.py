"""Label keys and names that Knative's objects share (serving pkg/apis/serving/register.go)."""

from __future__ import annotations

from kserve_conformance.embedded.apiserver.resources import CONFIG_MAPS
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.objects import Obj, labels_of

SERVING = "serving.knative.dev/"
SERVICE = SERVING + "service"
CONFIGURATION = SERVING + "configuration"
CONFIGURATION_GENERATION = SERVING + "configurationGeneration"
REVISION = SERVING + "revision"
REVISION_UID = SERVING + "revisionUID"
ROUTE = SERVING + "route"
ROUTING_STATE = SERVING + "routingState"
VISIBILITY = "networking.knative.dev/visibility"
CLUSTER_DOMAIN = "svc.cluster.local"
SYSTEM = "knative-serving"
QUEUE_PORT = 8012


def default_domain(store: Store) -> str:
    """The key of config-domain with an empty selector; without any, cluster-local (route config/domain.go, 1.8)."""
    config = store.find(CONFIG_MAPS, SYSTEM, "config-domain")
    data = (config or {}).get("data") or {}
    return next(
        (name for name, selector in sorted(data.items()) if name != "_example" and not selector), CLUSTER_DOMAIN
    )


def is_local(obj: Obj) -> bool:
    return labels_of(obj).get(VISIBILITY) == "cluster-local"


def local_hosts(name: str, namespace: str) -> list[str]:
    return [f"{name}.{namespace}", f"{name}.{namespace}.svc", f"{name}.{namespace}.{CLUSTER_DOMAIN}"]
