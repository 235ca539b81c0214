"""Label keys and names that Knative's objects share (serving pkg/apis/serving/register.go)."""

from __future__ import annotations

from kserve_conformance.embedded.apiserver.resources import CONFIG_MAPS
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.objects import Obj, labels_of

SERVING = "serving.knative.dev/"
SERVICE = SERVING + "service"
CONFIGURATION = SERVING + "configuration"
CONFIGURATION_GENERATION = SERVING + "configurationGeneration"
SERVICE_UID, CONFIGURATION_UID = SERVING + "serviceUID", SERVING + "configurationUID"
REVISION = SERVING + "revision"
REVISION_UID = SERVING + "revisionUID"
ROUTE = SERVING + "route"
ROUTES = SERVING + "routes"
ROUTING_STATE = SERVING + "routingState"
ROUTING_STATE_MODIFIED = SERVING + "routingStateModified"
CREATOR, LAST_MODIFIER = SERVING + "creator", SERVING + "lastModifier"
NO_GC = SERVING + "no-gc"
VISIBILITY = "networking.knative.dev/visibility"
CLUSTER_DOMAIN = "svc.cluster.local"
SYSTEM = "knative-serving"
QUEUE_PORT, QUEUE_H2C_PORT = 8012, 8013
HTTP1, H2C = "http1", "h2c"


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


def protocol(spec: Obj) -> str:
    """What a revision speaks: HTTP/2 with prior knowledge when its port is called so (GetProtocol in
    pkg/apis/serving/v1/revision_helpers.go)."""
    ports = [port for container in spec["containers"] for port in container.get("ports") or ()]
    return H2C if any(each.get("name") == "h2c" for each in ports) else HTTP1


def queue_port(protocol: str) -> int:
    """Where its queue proxies and activators take requests."""
    return QUEUE_H2C_PORT if protocol == H2C else QUEUE_PORT
