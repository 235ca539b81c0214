"""Which graphs are refused before they are stored."""

from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement

STEP = {"serviceName": "some-service"}


@requirement("KC-ADM-020")
def test_graph_without_root_is_rejected(graph):
    """A graph without a root is rejected."""
    expect.rejected(graph.dry_run(first={"routerType": "Sequence", "steps": [STEP]}), because="root node not found")


@requirement("KC-ADM-021")
def test_weights_that_are_no_whole_are_rejected(graph):
    """A splitter whose weights do not add up to a hundred is rejected."""
    steps = [{**STEP, "weight": 60}, {**STEP, "weight": 30}]
    expect.rejected(graph.dry_run(root={"routerType": "Splitter", "steps": steps}), because="should be 100")
