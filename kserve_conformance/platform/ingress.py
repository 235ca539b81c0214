"""Where the gateway is, as seen from the machine the suites run on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kserve_conformance.kube import kinds
from kserve_conformance.kube.client import Client, Obj

# Namespace and name of the gateways' Services as Istio and Kourier install them.
GATEWAYS = (("istio-system", "istio-ingressgateway"), ("kourier-system", "kourier"))
HTTP_PORTS = ("http2", "http")
HTTPS_PORTS = ("https",)
# manifests/kind/cluster.yaml maps this node port, on which the stacks expose the gateway, to the laptop's loopback.
KIND_NODE_PORT = 31080
KIND_INGRESS = "127.0.0.1:8080"


@dataclass(frozen=True)
class Ingress:
    """`address` is host:port; `how` says where it was read. `secure` is the same for TLS, empty where there is none."""

    address: str
    how: str
    secure: str = ""


def find_ingress(client: Client) -> Ingress:
    """The load balancer's address, else a node port. Raises LookupError that says what was looked for."""
    for namespace, name in GATEWAYS:
        service = client.get(kinds.SERVICE, name, namespace)
        if service is not None:
            return replace(_of_service(client, service, HTTP_PORTS), secure=_secure(client, service))
    looked = ", ".join("/".join(each) for each in GATEWAYS)
    raise LookupError(f"no gateway found; looked for the Services {looked}")


def _secure(client: Client, service: Obj) -> str:
    try:
        return _of_service(client, service, HTTPS_PORTS).address
    except LookupError:
        return ""


def _of_service(client: Client, service: Obj, wanted: Sequence[str]) -> Ingress:
    where = f"Service {service['metadata']['namespace']}/{service['metadata']['name']}"
    ports = {each.get("name"): each for each in service["spec"]["ports"]}
    port = next((ports[name] for name in wanted if name in ports), None)
    if port is None:
        raise LookupError(f"{where} has no port named {' or '.join(wanted)}")
    balancer = ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
    for each in balancer:
        if host := each.get("ip") or each.get("hostname"):
            return Ingress(_joined(host, port["port"]), f"load balancer of {where}")
    if "nodePort" not in port:
        raise LookupError(f"{where} has neither a load balancer's address nor a node port")
    nodes = client.list(kinds.NODE)
    if port["nodePort"] == KIND_NODE_PORT and any(map(_made_by_kind, nodes)):
        return Ingress(KIND_INGRESS, f"port of this machine that Kind maps to the node port of {where}")
    for node in nodes:
        for each in node["status"].get("addresses", ()):
            if each["type"] in ("ExternalIP", "InternalIP"):
                return Ingress(_joined(each["address"], port["nodePort"]), f"node port of {where}")
    raise LookupError(f"{where} has a node port, but no node has an address")


def _made_by_kind(node: Obj) -> bool:
    return str(node["spec"].get("providerID") or "").startswith("kind://")


def _joined(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
