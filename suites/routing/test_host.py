"""Which service a request reaches."""

from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement


@requirement("KC-ROUTE-001")
def test_host_decides_who_answers(iris, deploy, requests):
    """The host of a request decides which service answers, and an unknown host reaches none."""
    other = deploy()
    expect.answered_by(requests.who(iris), iris.model_name)
    expect.answered_by(requests.who(other), other.model_name)
    expect.no_model_answered(requests.to_host(iris.sibling_host("nobody"), "/v1/models"))


@requirement("KC-ROUTE-002")
def test_host_with_port_reaches_the_same_service(iris, requests):
    """A host with a port reaches the same service as the host alone."""
    expect.answered_by(requests.to_host(f"{iris.host}:8080", "/v1/models"), iris.model_name)


@requirement("KC-ROUTE-003")
def test_unknown_path_is_answered_by_the_model_server(iris, requests):
    """An unknown path of a known host is answered by the model server, not by the gateway."""
    answer = requests.get(iris, "/no/such/path")
    expect.status(answer, 404)
    expect.json_body(answer)
