"""The gateway's address, from made-up Services and nodes."""

from __future__ import annotations

from typing import Any

import pytest

from kserve_conformance.kube import kinds
from kserve_conformance.platform.ingress import KIND_NODE_PORT, find_ingress

HTTP = {"name": "http2", "port": 80}


def gateway(cluster: Any, *ports: dict[str, Any], balancer: list[dict[str, str]] | None = None) -> None:
    status = {"loadBalancer": {"ingress": balancer}}
    cluster.add(kinds.SERVICE, "istio-ingressgateway", "istio-system", spec={"ports": list(ports)}, status=status)


def node(cluster: Any, *addresses: tuple[str, str], provider: str = "") -> None:
    listed = [{"type": kind, "address": address} for kind, address in addresses]
    cluster.add(kinds.NODE, "n1", spec={"providerID": provider}, status={"addresses": listed})


@pytest.mark.parametrize(
    ("balancer", "expected"),
    [
        ([{"ip": "203.0.113.7"}], "203.0.113.7:80"),
        ([{"hostname": "lb.example.org"}], "lb.example.org:80"),
        ([{"ip": "2001:db8::7"}], "[2001:db8::7]:80"),
    ],
)
def test_a_load_balancer_comes_first(cluster, balancer, expected):
    gateway(cluster, {"name": "status-port", "port": 15021}, {**HTTP, "nodePort": 30000}, balancer=balancer)
    found = find_ingress(cluster)
    assert found.address == expected
    assert found.how == "load balancer of Service istio-system/istio-ingressgateway"


def test_else_the_node_port_of_a_node(cluster):
    gateway(cluster, {**HTTP, "nodePort": 30123})
    node(cluster, ("Hostname", "n1"), ("InternalIP", "10.0.0.4"))
    assert find_ingress(cluster).address == "10.0.0.4:30123"


def test_our_kind_cluster_is_reached_through_the_mapped_port(cluster):
    gateway(cluster, {**HTTP, "nodePort": KIND_NODE_PORT})
    node(cluster, ("InternalIP", "172.18.0.2"), provider="kind://docker/kserve-conformance-current/control-plane")
    assert find_ingress(cluster).address == "127.0.0.1:8080"


def test_another_kind_cluster_maps_nothing(cluster):
    gateway(cluster, {**HTTP, "nodePort": 30999})
    node(cluster, ("InternalIP", "172.18.0.2"), provider="kind://docker/somebody/control-plane")
    assert find_ingress(cluster).address == "172.18.0.2:30999"


def test_kourier_is_a_gateway_too(cluster):
    ports = [{"name": "http2", "port": 80}]
    status = {"loadBalancer": {"ingress": [{"ip": "198.51.100.1"}]}}
    cluster.add(kinds.SERVICE, "kourier", "kourier-system", spec={"ports": ports}, status=status)
    assert find_ingress(cluster).how == "load balancer of Service kourier-system/kourier"


@pytest.mark.parametrize(
    ("ports", "complaint"),
    [
        (None, "no gateway found; looked for the Services istio-system/istio-ingressgateway, kourier-system/kourier"),
        ([{"name": "https", "port": 443}], "has no port named http2 or http"),
        ([HTTP], "has neither a load balancer's address nor a node port"),
        ([{**HTTP, "nodePort": 30001}], "has a node port, but no node has an address"),
    ],
)
def test_what_is_missing_is_said(cluster, ports, complaint):
    if ports is not None:
        gateway(cluster, *ports)
    with pytest.raises(LookupError, match=complaint):
        find_ingress(cluster)


def test_the_port_for_tls_is_found_beside_it(cluster):
    gateway(cluster, HTTP, {"name": "https", "port": 443}, balancer=[{"ip": "203.0.113.7"}])
    assert find_ingress(cluster).secure == "203.0.113.7:443"


def test_a_gateway_may_have_none(cluster):
    gateway(cluster, HTTP, balancer=[{"ip": "203.0.113.7"}])
    assert find_ingress(cluster).secure == ""
