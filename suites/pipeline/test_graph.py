"""Sequences of services."""

from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement

QUESTION = {"instances": [1]}


@requirement("KC-PIPE-007")
def test_steps_run_in_order(pipeline, echo, graph, requests):
    """The steps of a sequence run one after the other, each with the response of the one before."""
    steps = [{"serviceName": pipeline.name}, {"serviceName": echo.name, "data": "$response"}]
    sequence = graph(root={"routerType": "Sequence", "steps": steps})
    expect.trail(requests.post(sequence, "/", QUESTION), "predictor", "echo")


@requirement("KC-PIPE-009")
def test_unmet_condition_ends_a_sequence(pipeline, echo, graph, requests):
    """A sequence ends before the first step whose condition the response so far does not meet, with that response."""
    met = {"serviceName": pipeline.name, "data": "$response", "condition": "predictions"}
    unmet = {"serviceName": echo.name, "data": "$response", "condition": "no_such_member"}
    sequence = graph(root={"routerType": "Sequence", "steps": [{"serviceName": echo.name}, met, unmet]})
    expect.trail(requests.post(sequence, "/", QUESTION), "echo", "predictor")


@requirement("KC-PIPE-010")
def test_hard_step_ends_a_sequence(pipeline, echo, graph, requests):
    """A hard step that fails ends its sequence, and a soft one does not."""
    failing, asked = {**QUESTION, "status": 422}, {"serviceName": pipeline.name}
    hard = graph(root={"routerType": "Sequence", "steps": [{"serviceName": echo.name, "dependency": "Hard"}, asked]})
    expect.failed_after(requests.post(hard, "/", failing), "echo", code=422)
    soft = graph(root={"routerType": "Sequence", "steps": [{"serviceName": echo.name, "dependency": "Soft"}, asked]})
    expect.failed_after(requests.post(soft, "/", failing), "predictor", code=422)


@requirement("KC-PIPE-011")
def test_status_of_the_last_step(echo, graph, requests):
    """The status that the last step of a graph answers with is the graph's."""
    sequence = graph(root={"routerType": "Sequence", "steps": [{"serviceName": echo.name}]})
    expect.trail(requests.post(sequence, "/", QUESTION), "echo")
    expect.failed_after(requests.post(sequence, "/", {**QUESTION, "status": 404}), "echo", code=404)
    expect.failed_after(requests.post(sequence, "/", {**QUESTION, "status": 503}), "echo", code=503)


@requirement("KC-PIPE-012")
def test_step_can_be_a_node(pipeline, echo, graph, requests):
    """A step that names a node of the graph is answered by that node."""
    steps = [{"nodeName": "inner"}, {"serviceName": echo.name, "data": "$response"}]
    inner = {"routerType": "Sequence", "steps": [{"serviceName": pipeline.name}]}
    nested = graph(root={"routerType": "Sequence", "steps": steps}, inner=inner)
    expect.trail(requests.post(nested, "/", QUESTION), "predictor", "echo")
