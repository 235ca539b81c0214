"""Envoy resources as this platform uses them: listeners, routes and clusters, in Envoy's v3 JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kserve_conformance.embedded.controllers.names import H2C
from kserve_conformance.embedded.objects import Obj

TYPES = "type.googleapis.com/envoy."
HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
UNLIMITED = 1_000_000
PROBE, HASH = "K-Network-Probe", "K-Network-Hash"  # knative.dev/networking pkg/http/header
UNKNOWN_PROBE = {"text_format_source": {"inline_string": f'unexpected probe header value: "%REQ({PROBE})%"\n'}}
# Between our own proxies nobody closes a connection that the other end may just be using.
IDLE = "60s"
AS_IT_CAME = "as the request came"


def listener(
    name: str,
    address: str,
    port: int,
    *,
    stat_prefix: str,
    routes: Obj,
    filters: Sequence[Obj] = (),
    own_replies: Sequence[Obj] = (),
    gateway: bool = False,
) -> Obj:
    """`routes` is `{"rds": …}` or `{"route_config": …}`. A gateway says who it is; a Go proxy of Knative's does not."""
    router = {"@type": TYPES + "extensions.filters.http.router.v3.Router", "suppress_envoy_headers": not gateway}
    manager = {
        "@type": TYPES + "extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": stat_prefix,
        "use_remote_address": gateway,
        "stream_idle_timeout": "0s",
        "common_http_protocol_options": {"idle_timeout": "3600s"},
        "http2_protocol_options": {"allow_connect": True},
        "upgrade_configs": [{"upgrade_type": "websocket"}],
        "http_filters": [*filters, {"name": "router", "typed_config": router}],
        **routes,
    }
    if gateway:
        manager |= {"server_name": "istio-envoy", "strip_trailing_host_dot": True}
    else:
        manager |= {"server_header_transformation": "PASS_THROUGH", "generate_request_id": False}
    if own_replies:
        manager["local_reply_config"] = {"mappers": list(own_replies)}
    return {
        "@type": TYPES + "config.listener.v3.Listener",
        "name": name,
        "address": {"socket_address": {"address": address, "port_value": port}},
        "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}],
    }


def untyped(resource: Obj) -> Obj:
    """Where a resource cannot be anything else, Envoy does not want to be told what it is."""
    return {name: value for name, value in resource.items() if name != "@type"}


def own_reply(flags: Sequence[str], status: int, text: str) -> Obj:
    """What is said instead of Envoy's words when it answers itself for one of these reasons (Go's http.Error)."""
    return {**_said({"response_flag_filter": {"flags": list(flags)}}, text), "status_code": status}


def own_timeout(text: str) -> Obj:
    """Whichever of its time limits made Envoy answer 504."""
    is_504 = {"op": "EQ", "value": {"default_value": 504, "runtime_key": "unused"}}
    return _said({"status_code_filter": {"comparison": is_504}}, text)


def _said(when: Obj, text: str) -> Obj:
    form = {"text_format_source": {"inline_string": "%LOCAL_REPLY_BODY%"}, "content_type": "text/plain; charset=utf-8"}
    return {"filter": when, "body": {"inline_string": text}, "body_format_override": form}


def route_table(name: str, hosts: Sequence[Obj]) -> Obj:
    return {
        "@type": TYPES + "config.route.v3.RouteConfiguration",
        "name": name,
        "ignore_port_in_host_matching": True,
        "virtual_hosts": list(hosts),
    }


def virtual_host(names: Sequence[str], routes: Sequence[Obj], digest: str) -> Obj:
    """Hosts with the same routes. A probe is answered here, so that it tells which configuration the gateway has."""
    probe = {
        "match": {"prefix": "/", "headers": [header_is(PROBE, "probe")]},
        "direct_response": {"status": 200},
        "response_headers_to_add": [set_header(HASH, digest)],
    }
    return {"name": names[0], "domains": list(names), "routes": [probe, *routes]}


def header_is(name: str, value: str) -> Obj:
    return {"name": name, "string_match": {"exact": value}}


def set_header(name: str, value: str) -> Obj:
    return {"header": {"key": name, "value": value}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}


def forwarded_for(address: str) -> Obj:
    return {"header": {"key": "x-forwarded-for", "value": address}, "append_action": "APPEND_IF_EXISTS_OR_ADD"}


# As Go's httputil.ReverseProxy does.
FORWARDED_FOR_CALLER = forwarded_for("%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%")


def path_like(pattern: str) -> Obj:
    """Matches whole paths, without the query (RE2)."""
    return {"safe_regex": {"regex": pattern}}


def split(shares: Sequence[tuple[str, int, Mapping[str, str]]]) -> Obj:
    """Clusters with their percentage and the headers that go there. Without a time limit: the queue proxy has one."""
    clusters = [
        {"name": name, "weight": weight, "request_headers_to_add": [set_header(*each) for each in headers.items()]}
        for name, weight, headers in shares
    ]
    return {"match": {"prefix": "/"}, "route": {"weighted_clusters": {"clusters": clusters}, "timeout": "0s"}}


def not_found() -> Obj:
    return {"match": {"prefix": "/"}, "direct_response": {"status": 404}}


def revision_cluster(name: str, addresses: Sequence[tuple[str, int]], protocol: str) -> Obj:
    """Its addresses are part of it: for endpoints in a file of their own, Envoy would take an inotify instance for each
    cluster, and a user has 128 of them."""
    return {
        **cluster(name, "STATIC", protocol=protocol),
        "lb_policy": "LEAST_REQUEST",
        "load_assignment": assignment(name, addresses),
    }


def cluster(name: str, kind: str, *, protocol: str, idle: str = IDLE, at_once: int = 0) -> Obj:
    """`at_once`: streams of one HTTP/2 connection; 0 is no limit."""
    http2 = {"max_concurrent_streams": at_once} if at_once else {}
    spoken: Obj
    if protocol == AS_IT_CAME:
        spoken = {"use_downstream_protocol_config": {"http_protocol_options": {}, "http2_protocol_options": {}}}
    elif protocol == H2C:
        spoken = {"explicit_http_config": {"http2_protocol_options": http2}}
    else:
        spoken = {"explicit_http_config": {"http_protocol_options": {}}}
    options = {"@type": "type.googleapis.com/" + HTTP_OPTIONS, "common_http_protocol_options": {"idle_timeout": idle}}
    return {
        "@type": TYPES + "config.cluster.v3.Cluster",
        "name": name,
        "type": kind,
        "connect_timeout": "5s",
        "typed_extension_protocol_options": {HTTP_OPTIONS: {**options, **spoken}},
        "circuit_breakers": limits(),
    }


def limits(**numbers: int) -> Obj:
    """Unlimited but for these."""
    free = dict.fromkeys(("max_connections", "max_pending_requests", "max_requests"), UNLIMITED)
    return {"thresholds": [{**free, **numbers}]}


def assignment(name: str, addresses: Sequence[tuple[str, int]]) -> Obj:
    members = [
        {"endpoint": {"address": {"socket_address": {"address": host, "port_value": port}}}} for host, port in addresses
    ]
    return {"cluster_name": name, "endpoints": [{"lb_endpoints": members}] if members else []}
