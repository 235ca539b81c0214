"""Graphs of services."""

from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement


@requirement("KC-PIPE-007")
def test_steps_run_in_order(pipeline, echo, graph, requests):
    """The steps of a sequence run one after the other, each with the response of the one before."""
    steps = [{"serviceName": pipeline.name}, {"serviceName": echo.name, "data": "$response"}]
    sequence = graph(root={"routerType": "Sequence", "steps": steps})
    expect.trail(requests.post(sequence, "/", {"instances": [1]}), "predictor", "echo")
