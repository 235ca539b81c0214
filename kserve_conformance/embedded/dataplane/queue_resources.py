"""The Envoy configuration of a queue proxy (serving pkg/queue/sharedmain)."""

from __future__ import annotations

from typing import Protocol

from kserve_conformance.embedded.controllers.names import H2C, HTTP1, QUEUE_H2C_PORT
from kserve_conformance.embedded.dataplane import resources
from kserve_conformance.embedded.dataplane.activator_resources import BACKEND
from kserve_conformance.embedded.objects import Obj

# A model server closes idle connections after 5 s (uvicorn); a proxy that did not do so first would use one that is
# just being closed.
MODEL_SERVER_IDLE = "4s"
# How the ingress and the activator address a revision is not for the model to see (activator.RevisionHeaders).
PRUNED = ["Knative-Serving-Namespace", "Knative-Serving-Revision", BACKEND]
# The Forwarded header, unless there is one already (pkg/queue/forwarded_shim.go).
FORWARDED = """
function envoy_on_request(handle)
  local headers = handle:headers()
  local came, proto = headers:get("x-forwarded-for"), headers:get("x-forwarded-proto")
  if headers:get("forwarded") or not came then return end
  local nodes = {}
  for node in came:gmatch("[^,%s]+") do
    if node:find(":") then node = '"[' .. node .. ']"' end
    nodes[#nodes + 1] = "for=" .. node
  end
  if proto then nodes[1] = (nodes[1] and nodes[1] .. ";" or "") .. "proto=" .. proto end
  if nodes[1] then headers:add("forwarded", table.concat(nodes, ", ")) end
end
"""


# A defect: nothing of an answer is passed on before all of it is there.
WHOLE_ANSWERS = """
function envoy_on_response(handle)
  if handle:headers():get(":status") ~= "101" then handle:body() end
end
"""


class Proxied(Protocol):
    """What a pod says about its queue proxy; see `queue_proxies.QueueProxy`."""

    @property
    def name(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def user_port(self) -> int: ...
    @property
    def limit(self) -> int: ...
    @property
    def queue(self) -> int: ...
    @property
    def timeout(self) -> float: ...
    @property
    def response_start_timeout(self) -> float: ...
    @property
    def idle_timeout(self) -> float: ...
    @property
    def whole_answers(self) -> bool: ...


def listener(proxy: Proxied, *, total: bool) -> Obj:
    """`total`: the timeout limits all of a response, not its first byte."""
    lua = {
        "@type": resources.TYPES + "extensions.filters.http.lua.v3.Lua",
        "default_source_code": {"inline_string": FORWARDED + (WHOLE_ANSWERS if proxy.whole_answers else "")},
    }
    routes = {
        "name": proxy.name,
        "validate_clusters": False,  # the cluster comes in another file, which may be read later
        "virtual_hosts": [{"name": proxy.name, "domains": ["*"], "routes": _routes(proxy, total=total)}],
    }
    return resources.listener(
        proxy.name,
        proxy.address,
        proxy.port,
        stat_prefix=proxy.name,
        routes={"route_config": routes},
        filters=[{"name": "forwarded", "typed_config": lua}],
        own_replies=[
            resources.own_reply(["UO"], 503, "pending request queue full\n"),
            resources.own_timeout("request timeout"),
            resources.own_reply(["UF"], 502, f"dial tcp 127.0.0.1:{proxy.user_port}: connect: connection refused\n"),
            resources.own_reply(["UC"], 502, "EOF\n"),
        ],
    )


def model_server(proxy: Proxied) -> Obj:
    """Over HTTP/1.1 one connection carries one request; over HTTP/2 all are streams of one connection."""
    h2c = proxy.port == QUEUE_H2C_PORT
    kind = resources.cluster(
        proxy.name, "STATIC", protocol=H2C if h2c else HTTP1, idle=MODEL_SERVER_IDLE, at_once=proxy.limit
    )
    if proxy.limit:
        kind["circuit_breakers"] = resources.limits(
            max_connections=1 if h2c else proxy.limit, max_pending_requests=proxy.queue
        )
    return {**kind, "load_assignment": resources.assignment(proxy.name, [(proxy.address, proxy.user_port)])}


def _routes(proxy: Proxied, *, total: bool) -> list[Obj]:
    ready = {
        "match": {"prefix": "/", "headers": [resources.header_is(resources.PROBE, "queue")]},
        "direct_response": {"status": 200, "body": {"inline_string": "queue"}},
    }
    unknown = {
        "match": {"prefix": "/", "headers": [{"name": resources.PROBE, "present_match": True}]},
        "direct_response": {"status": 400, "body": {"inline_string": ""}, "body_format": resources.UNKNOWN_PROBE},
    }
    action: Obj = {"cluster": proxy.name, "timeout": "0s"}
    first_byte = [proxy.response_start_timeout, 0 if total else proxy.timeout]
    if any(first_byte):
        limit = min(each for each in first_byte if each)
        action["retry_policy"] = {"num_retries": 0, "per_try_timeout": f"{limit:g}s"}
    if total and proxy.timeout:
        action["max_stream_duration"] = {"max_stream_duration": f"{proxy.timeout:g}s"}
    if proxy.idle_timeout:
        action["idle_timeout"] = f"{proxy.idle_timeout:g}s"
    rest = {
        "match": {"prefix": "/"},
        "route": action,
        "request_headers_to_remove": PRUNED,
        "request_headers_to_add": [resources.FORWARDED_FOR_CALLER],
    }
    return [ready, unknown, rest]
