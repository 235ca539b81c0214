"""The Envoy configuration of an activator: every request asks the gate, which names the pod that takes it."""

from __future__ import annotations

from kserve_conformance.embedded.controllers.names import H2C, QUEUE_H2C_PORT, QUEUE_PORT
from kserve_conformance.embedded.dataplane import resources
from kserve_conformance.embedded.objects import Obj

PER_ROUTE = resources.TYPES + "extensions.filters.http.ext_proc.v3.ExtProcPerRoute"
BACKEND = "k-backend"  # from the gate: where the request goes
GATE, PODS = "gate", "pods"
ALWAYS = "3600s"  # longer than any timeout a revision may have: the gate has a limit of its own
TIMED_OUT = "activator request timeout"  # serving cmd/activator/main.go


def activator(address: str, *, gate_port: int) -> Obj:
    """Everything it is configured with."""
    ports = {"http1": QUEUE_PORT, "h2c": QUEUE_H2C_PORT}
    gate = {
        **resources.cluster(GATE, "STATIC", protocol=H2C),
        "load_assignment": resources.assignment(GATE, [(address, gate_port)]),
    }
    pods = {
        **resources.cluster(PODS, "ORIGINAL_DST", protocol=resources.AS_IT_CAME),
        "lb_policy": "CLUSTER_PROVIDED",
        "original_dst_lb_config": {"use_http_header": True, "http_header_name": BACKEND},
    }
    listeners = [_listener(name, address, port) for name, port in ports.items()]
    return {
        "static_resources": {
            "listeners": [resources.untyped(each) for each in listeners],
            "clusters": [resources.untyped(gate), resources.untyped(pods)],
        }
    }


def _listener(name: str, address: str, port: int) -> Obj:
    ask = {
        "@type": resources.TYPES + "extensions.filters.http.ext_proc.v3.ExternalProcessor",
        "grpc_service": {"envoy_grpc": {"cluster_name": GATE}, "timeout": ALWAYS},
        "message_timeout": ALWAYS,
        "processing_mode": {
            "request_header_mode": "SEND",
            "response_header_mode": "SKIP",
            "response_trailer_mode": "SEND",
        },
        "mutation_rules": {"allow_all_routing": True, "allow_envoy": True},
    }
    routes = {"name": name, "virtual_hosts": [{"name": name, "domains": ["*"], "routes": _routes()}]}
    return resources.listener(
        name,
        address,
        port,
        stat_prefix=name,
        routes={"route_config": routes},
        filters=[{"name": "ask", "typed_config": ask}],
        own_replies=[
            resources.own_timeout(TIMED_OUT),
            resources.own_reply(["UF", "UC"], 502, "EOF\n"),
        ],
    )


def _routes() -> list[Obj]:
    """Probes are answered here (pkg/activator/handler/probe_handler.go)."""
    asked: Obj = {"typed_per_filter_config": {"ask": {"@type": PER_ROUTE, "disabled": True}}}
    known = {
        "match": {"prefix": "/", "headers": [resources.header_is(resources.PROBE, "activator")]},
        "direct_response": {"status": 200, "body": {"inline_string": "activator"}},
        **asked,
    }
    unknown = {
        "match": {"prefix": "/", "headers": [{"name": resources.PROBE, "present_match": True}]},
        "direct_response": {"status": 400, "body": {"inline_string": ""}, "body_format": resources.UNKNOWN_PROBE},
        **asked,
    }
    rest = {
        "match": {"prefix": "/"},
        "route": {"cluster": PODS, "timeout": "0s"},
        "request_headers_to_add": [
            resources.set_header("K-Proxy-Request", "activator"),
            resources.FORWARDED_FOR_CALLER,
        ],
    }
    return [known, unknown, rest]
