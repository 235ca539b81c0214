"""Graphs as objects of the API server."""

from kserve_conformance.checks import eventually, expect
from kserve_conformance.plugin import requirement


@requirement("KC-PIPE-026")
def test_delete_removes_everything(echo, graph, requests, timings):
    """A deleted graph leaves no object behind, and its host is gone from the gateway."""
    doomed = graph(root={"routerType": "Sequence", "steps": [{"serviceName": echo.name, "name": "doomed"}]})
    host = doomed.host
    expect.some(doomed.children(), of="objects the graph made")
    expect.trail(requests.post(doomed, "/", {"instances": [1]}), "echo")
    doomed.delete()
    eventually("nothing of the graph to be left", doomed.children, until=lambda left: not left, within=timings.deletion)
    expect.no_model_answered(requests.to_host(host, "/"))


@requirement("KC-PIPE-027")
def test_weights_add_up(echo, try_graph):
    """A splitter whose weights do not add up to 100 is rejected."""
    half = {"serviceName": echo.name, "weight": 50}
    expect.accepted(try_graph(root={"routerType": "Splitter", "steps": [half, half]}))
    expect.rejected(try_graph(root={"routerType": "Splitter", "steps": [half]}), because="weights")
