"""Which graphs are refused before they are stored."""

from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement

STEP = {"serviceName": "some-service"}


@requirement("KC-ADM-021")
def test_graph_without_root_is_rejected(try_graph):
    """A graph without a root is rejected."""
    expect.rejected(try_graph(first={"routerType": "Sequence", "steps": [STEP]}), because="root node not found")
