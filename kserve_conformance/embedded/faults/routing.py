"""Seeded defects of hosts and routes."""

from __future__ import annotations

from kserve_conformance.embedded.faults import Fault

ALL = (
    Fault(
        "F037",
        "host-ignored",
        "ingress",
        "the gateway serves some service for any host",
        "suites/routing/test_host.py::test_host_decides_who_answers",
    ),
    Fault(
        "F039",
        "domain-internal-only",
        "route",
        "services get the cluster-local domain, although there is another",
        "suites/routing/test_domain.py::test_service_is_reachable_from_outside",
    ),
    Fault(
        "F041",
        "visibility-leak",
        "ingress",
        "a cluster-local service is exposed on the public gateway",
        "suites/routing/test_visibility.py::test_private_service_is_not_public",
    ),
    Fault(
        "F042",
        "local-unreachable",
        "ingress",
        "the gateway does not serve a private service under its name in the cluster",
        "suites/routing/test_visibility.py::test_private_service_is_reachable_inside",
    ),
    Fault(
        "F043",
        "host-rewrite-lost",
        "ingress",
        "the route of a service rewrites the host to one that its predictor does not have",
        "suites/routing/test_urls.py::test_service_url_and_component_url_agree",
    ),
    Fault(
        "F046",
        "gateway-repeats-requests",
        "ingress",
        "the gateway sends a request again that the model has answered with an error",
        "suites/routing/test_once.py::test_request_reaches_the_model_once",
        ("suites/routing/test_once.py::test_unavailable_is_not_asked_again",),
    ),
    Fault(
        "F140",
        "host-with-port-unknown",
        "ingress",
        "a host with a port is another host to the gateway",
        "suites/routing/test_host.py::test_host_with_port_reaches_the_same_service",
    ),
    Fault(
        "F141",
        "unknown-path-swallowed",
        "ingress",
        "the gateway knows only the paths of the inference protocols",
        "suites/routing/test_host.py::test_unknown_path_is_answered_by_the_model_server",
    ),
    Fault(
        "F143",
        "custom-header-lost",
        "ingress",
        "headers that the gateway does not know are dropped",
        "suites/routing/test_headers.py::test_header_reaches_the_model",
    ),
    Fault(
        "F178",
        "public-unreachable-inside",
        "ingress",
        "the gateway does not serve a public service under its name in the cluster",
        "suites/routing/test_visibility.py::test_public_service_is_reachable_inside",
    ),
    Fault(
        "F180",
        "gateway-repeats-requests",
        "ingress",
        "the gateway sends a request again that the model has answered with 503",
        "suites/routing/test_once.py::test_unavailable_is_not_asked_again",
        ("suites/routing/test_once.py::test_request_reaches_the_model_once",),
    ),
    Fault(
        "F282",
        "address-wrong",
        "ingress",
        "status.address.url is another host than the service's",
        "suites/routing/test_address.py::test_address_answers_inside",
    ),
    Fault(
        "F316",
        "answer-header-lost",
        "ingress",
        "headers of answers that the gateway does not know are dropped",
        "suites/routing/test_headers.py::test_header_of_the_model_reaches_the_client",
    ),
    Fault(
        "F317",
        "answers-kept-whole",
        "queue proxy",
        "nothing of an answer is passed on before all of it is there",
        "suites/routing/test_streams.py::test_answer_comes_in_pieces",
    ),
    Fault(
        "F318",
        "websocket-refused",
        "ingress",
        "the gateway upgrades no connection",
        "suites/routing/test_streams.py::test_websocket_is_opened",
    ),
    Fault(
        "F319",
        "component-visibility-leak",
        "ingress",
        "the predictor of a cluster-local service is exposed on the public gateway",
        "suites/routing/test_visibility.py::test_private_service_is_not_public",
    ),
)
