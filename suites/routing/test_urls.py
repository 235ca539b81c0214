"""The URLs of a service and of its components."""

from fixtures.iris import CLASSES, INSTANCES
from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement


@requirement("KC-ROUTE-008")
def test_service_url_and_component_url_agree(iris, requests):
    """The URL of a service and that of its predictor give the same answer."""
    expect.predictions(requests.predict(iris.component("predictor"), INSTANCES), CLASSES)
    expect.predictions(requests.predict(iris, INSTANCES), CLASSES)
