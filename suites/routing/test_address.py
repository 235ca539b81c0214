"""The address of a service for those inside the cluster."""

from fixtures.iris import CLASSES, INSTANCES
from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement


@requirement("KC-ROUTE-012")
def test_address_answers_inside(iris, behind, inside):
    """A request from inside the cluster to the host of status.address.url reaches the model."""
    expect.predictions(inside(behind(iris).address, iris, INSTANCES), CLASSES)
