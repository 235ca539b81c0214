"""What the steps of a graph learn of its caller."""

from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement

JSON = {"Content-Type": "application/json"}
CALLER = {"Authorization": "Bearer of-the-caller", "X-Of-The-Caller": "anything"}


@requirement("KC-PIPE-044")
def test_only_named_headers_reach_steps(echo, graph, requests, reaches_steps):
    """The steps of a graph get those of its caller's headers that the platform's configuration names, and no others."""
    sequence = graph(root={"routerType": "Sequence", "steps": [{"serviceName": echo.name}]})
    answer = requests.post(sequence, "/", {"instances": [1]}, headers={**JSON, **CALLER})
    expect.headers_of_a_step(answer, CALLER, named=list(filter(reaches_steps, CALLER)))
