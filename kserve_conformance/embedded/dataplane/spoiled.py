"""Routes with a seeded defect: what a gateway would do that keeps one promise less."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kserve_conformance.embedded.dataplane import resources
from kserve_conformance.embedded.objects import Obj

Routes = tuple[Obj, ...]
WITH_PORT = {"name": ":authority", "string_match": {"safe_regex": {"regex": ".*:[0-9]+"}}}
INFERENCE = resources.path_like("/v[12](/.*)?")


def repeating(routes: Routes) -> Routes:
    policy = {"retry_on": "5xx", "num_retries": 2}
    return tuple(
        {**each, "route": {**each["route"], "retry_policy": policy}} if "route" in each else each for each in routes
    )


def without_ports(routes: Routes) -> Routes:
    refused = resources.not_found()
    return ({**refused, "match": {**refused["match"], "headers": [WITH_PORT]}}, *routes)


def inference_only(routes: Routes) -> Routes:
    return tuple(
        {**each, "match": {"headers": each["match"].get("headers", []), **INFERENCE}}
        if each["match"].get("prefix") == "/"
        else each
        for each in routes
    )


def without_header(name: str) -> Callable[[Routes], Routes]:
    return lambda routes: tuple({**each, "request_headers_to_remove": [name]} for each in routes)


def without_answer_header(name: str) -> Callable[[Routes], Routes]:
    return lambda routes: tuple({**each, "response_headers_to_remove": [name]} for each in routes)


def without_websockets(routes: Routes) -> Routes:
    refused = [{"upgrade_type": "websocket", "enabled": False}]
    return tuple(
        {**each, "route": {**each["route"], "upgrade_configs": refused}} if "route" in each else each for each in routes
    )


# Of KServe's routes to a service, by the knob of the fault.
KSERVE: Mapping[str, Callable[[Routes], Routes]] = {
    "gateway-repeats-requests": repeating,  # F046
    "trace-header-lost": without_header("traceparent"),  # F111
    "host-with-port-unknown": without_ports,  # F140
    "unknown-path-swallowed": inference_only,  # F141
    "custom-header-lost": without_header("x-kc-question"),  # F143
    "answer-header-lost": without_answer_header("x-kc-answer"),  # F316
    "websocket-refused": without_websockets,  # F318
    "probe-header-lost": without_header(resources.PROBE),  # F336
}


def believing(routes: Routes) -> Routes:
    """Of Knative's own headers, those that a client sent are kept."""

    def spoil(cluster: Obj) -> Obj:
        added = cluster["request_headers_to_add"]
        return {**cluster, "request_headers_to_add": [{**each, "append_action": "ADD_IF_ABSENT"} for each in added]}

    return tuple(
        {
            **each,
            "route": {
                **each["route"],
                "weighted_clusters": {
                    "clusters": [spoil(one) for one in each["route"]["weighted_clusters"]["clusters"]]
                },
            },
        }
        for each in routes
    )
