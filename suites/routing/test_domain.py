"""The URL that a service is given."""

from fixtures.iris import CLASSES, INSTANCES
from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement


@requirement("KC-ROUTE-004")
def test_service_is_reachable_from_outside(iris, requests):
    """A service has a URL of a public domain, and is reached there from outside."""
    expect.public_host(iris.host)
    expect.predictions(requests.predict(iris, INSTANCES), CLASSES)
