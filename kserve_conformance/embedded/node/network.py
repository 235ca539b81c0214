"""What a pod's network is on a cluster, for a process that has none of its own: an address, cluster DNS, kube-proxy.

Names of the cluster lead to the cluster-local gateway, which knows them by their Host header, as it does under Istio.
It holds for whatever opens sockets through Python (http.client, asyncio, httpx, aiohttp), not for gRPC's own resolver.
"""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable
from typing import Any

from kserve_conformance.embedded.node.addresses import block_of, local_gateway

PROBE, HASH = "K-Network-Probe", "K-Network-Hash"  # knative.dev/networking pkg/http/header
ASKS_FOR = 5.0


def join(address: str) -> None:
    """Makes this process live at a pod's address, for good."""
    gateway = local_gateway(block_of(address))
    _listen_at(address)
    _resolve_to(gateway)
    _connect_through(gateway, address)


def _listen_at(address: str) -> None:
    """Listening on every address means listening on the pod's own."""
    original = socket.socket.bind

    def bind(self: socket.socket, where: Any) -> None:
        if isinstance(where, tuple) and where[0] in ("", "0.0.0.0"):
            where = (address, *where[1:])
        original(self, where)

    socket.socket.bind = bind  # type: ignore[method-assign, assignment]


def _resolve_to(gateway: tuple[str, int]) -> None:
    """A name in the cluster is the gateway's address; one that should be and is not there has none."""
    original = socket.getaddrinfo

    def getaddrinfo(host: Any, *rest: Any, **more: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if isinstance(name, str) and _may_be_in_cluster(name):
            if _serves(gateway, name):
                host = gateway[0]
            elif name.endswith((".svc", ".cluster.local")):
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return original(host, *rest, **more)

    socket.getaddrinfo = getaddrinfo


def _connect_through(gateway: tuple[str, int], address: str) -> None:
    """A Service's port is not the port it is served on: that is for kube-proxy to know. And the containers of a pod
    find each other at localhost; what none of them serves there is the machine's."""
    original = socket.socket.connect

    def connect(self: socket.socket, where: Any) -> None:
        if isinstance(where, tuple) and where[0] == gateway[0]:
            where = gateway
        elif isinstance(where, tuple) and where[0] == "127.0.0.1" and _listens(original, address, where[1]):
            where = (address, where[1])
        original(self, where)

    socket.socket.connect = connect  # type: ignore[method-assign, assignment]


def _may_be_in_cluster(name: str) -> bool:
    """In full, or as short as `service.namespace`, which a pod's DNS search list completes."""
    return name.endswith((".svc", ".svc.cluster.local")) or (name.count(".") == 1 and not name.endswith("."))


def _serves(gateway: tuple[str, int], name: str) -> bool:
    """Whether the gateway has the host: asked as Knative asks whether an Ingress is programmed."""
    connection = http.client.HTTPConnection(*gateway, timeout=ASKS_FOR)
    try:
        connection.request("GET", "/", headers={"Host": name, PROBE: "probe"})
        return connection.getresponse().getheader(HASH) is not None
    except OSError:
        return False
    finally:
        connection.close()


def _listens(connect: Callable[[socket.socket, Any], None], address: str, port: int) -> bool:
    with socket.socket() as asking:
        try:
            connect(asking, (address, port))
        except OSError:
            return False
        return True
