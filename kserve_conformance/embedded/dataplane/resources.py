"""Envoy resources as this platform uses them: listeners, routes and clusters, in Envoy's v3 JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kserve_conformance.embedded.objects import Obj

TYPES = "type.googleapis.com/envoy."
UNLIMITED = 1_000_000
PROBE, HASH = "K-Network-Probe", "K-Network-Hash"  # knative.dev/networking pkg/http/header
# A model server closes idle connections after 5 s (uvicorn); a proxy that did not do so first would use one that is
# just being closed.
MODEL_SERVER_IDLE = "4s"


def listener(name: str, address: str, port: int, *, stat_prefix: str, routes: Obj) -> Obj:
    """`routes` is `{"rds": …}` or `{"route_config": …}`."""
    manager = {
        "@type": TYPES + "extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": stat_prefix,
        "server_name": "istio-envoy",
        "use_remote_address": True,
        "stream_idle_timeout": "0s",
        "common_http_protocol_options": {"idle_timeout": "3600s"},
        "http_filters": [
            {"name": "router", "typed_config": {"@type": TYPES + "extensions.filters.http.router.v3.Router"}}
        ],
        **routes,
    }
    return {
        "@type": TYPES + "config.listener.v3.Listener",
        "name": name,
        "address": {"socket_address": {"address": address, "port_value": port}},
        "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}],
    }


def route_table(name: str, hosts: Sequence[Obj]) -> Obj:
    return {
        "@type": TYPES + "config.route.v3.RouteConfiguration",
        "name": name,
        "ignore_port_in_host_matching": True,
        "virtual_hosts": list(hosts),
    }


def virtual_host(host: str, route: Obj, digest: str) -> Obj:
    """One host. A probe is answered here, so that it tells which configuration the gateway has."""
    probe = {
        "match": {"prefix": "/", "headers": [{"name": PROBE, "string_match": {"exact": "probe"}}]},
        "direct_response": {"status": 200},
        "response_headers_to_add": [_header(HASH, digest)],
    }
    return {"name": host, "domains": [host], "routes": [probe, route]}


def to_cluster(cluster: str, *, host: str, headers: Mapping[str, str]) -> Obj:
    """Everything to one cluster, under another host name."""
    action = {"cluster": cluster, "host_rewrite_literal": host, "timeout": "0s"}
    return {
        "match": {"prefix": "/"},
        "route": action,
        "request_headers_to_add": [_header(*each) for each in headers.items()],
    }


def split(shares: Sequence[tuple[str, int, Mapping[str, str]]]) -> Obj:
    """Clusters with their percentage and the headers that go there. Without a time limit: the queue proxy has one."""
    clusters = [
        {"name": name, "weight": weight, "request_headers_to_add": [_header(*each) for each in headers.items()]}
        for name, weight, headers in shares
    ]
    return {"match": {"prefix": "/"}, "route": {"weighted_clusters": {"clusters": clusters}, "timeout": "0s"}}


def revision_cluster(name: str, eds: Mapping[str, Obj]) -> Obj:
    return {
        **_cluster(name, "EDS", idle="60s"),
        "eds_cluster_config": {"eds_config": dict(eds), "service_name": name},
        "lb_policy": "LEAST_REQUEST",
    }


def endpoints(name: str, addresses: Sequence[tuple[str, int]]) -> Obj:
    return {"@type": TYPES + "config.endpoint.v3.ClusterLoadAssignment", **_assignment(name, addresses)}


def fixed_cluster(name: str, address: str, port: int) -> Obj:
    return {**_cluster(name, "STATIC", idle="60s"), "load_assignment": _assignment(name, [(address, port)])}


def model_server_cluster(name: str, address: str, port: int, *, at_once: int, queued: int) -> Obj:
    """`at_once` 0 is no limit. Over HTTP/1.1 one connection carries one request, so connections are the limit."""
    limits = {"max_connections": at_once or UNLIMITED, "max_pending_requests": queued if at_once else UNLIMITED}
    return {
        **_cluster(name, "STATIC", idle=MODEL_SERVER_IDLE),
        "circuit_breakers": {"thresholds": [{**limits, "max_requests": UNLIMITED}]},
        "load_assignment": _assignment(name, [(address, port)]),
    }


def everything_to(cluster: str, *, timeout: str) -> Obj:
    """The whole route table of a queue proxy."""
    route = {"match": {"prefix": "/"}, "route": {"cluster": cluster, "timeout": timeout}}
    probe = {
        "match": {"prefix": "/", "headers": [{"name": PROBE, "string_match": {"exact": "queue"}}]},
        "direct_response": {"status": 200, "body": {"inline_string": "queue"}},
    }
    hosts = [{"name": cluster, "domains": ["*"], "routes": [probe, route]}]
    # The cluster comes in another file, which may be read later.
    return {"name": cluster, "validate_clusters": False, "virtual_hosts": hosts}


def _cluster(name: str, kind: str, *, idle: str) -> Obj:
    protocol = {
        "@type": TYPES + "extensions.upstreams.http.v3.HttpProtocolOptions",
        "common_http_protocol_options": {"idle_timeout": idle},
        "explicit_http_config": {"http_protocol_options": {}},
    }
    return {
        "@type": TYPES + "config.cluster.v3.Cluster",
        "name": name,
        "type": kind,
        "connect_timeout": "5s",
        "typed_extension_protocol_options": {
            TYPES.partition("/")[2] + "extensions.upstreams.http.v3.HttpProtocolOptions": protocol
        },
        "circuit_breakers": {
            "thresholds": [{"max_connections": UNLIMITED, "max_pending_requests": UNLIMITED, "max_requests": UNLIMITED}]
        },
    }


def _assignment(name: str, addresses: Sequence[tuple[str, int]]) -> Obj:
    members = [
        {"endpoint": {"address": {"socket_address": {"address": host, "port_value": port}}}} for host, port in addresses
    ]
    return {"cluster_name": name, "endpoints": [{"lb_endpoints": members}] if members else []}


def _header(name: str, value: str) -> Obj:
    return {"header": {"key": name, "value": value}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}
