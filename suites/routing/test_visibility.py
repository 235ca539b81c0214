"""Who can reach a service: everybody, or only the cluster."""

from fixtures.iris import CLASSES, INSTANCES
from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement


@requirement("KC-ROUTE-005")
def test_private_service_is_not_public(private, public_hosts, requests):
    """A cluster-local service has a cluster-local URL, and the public gateway leads to it under no host."""
    expect.equal(private.host, f"{private.name}.{private.namespace}.svc.cluster.local", of="the host of status.url")
    expect.no_model_answered(requests.to_host(private.host, "/v1/models"))
    expect.none_answered([requests.to_host(host, "/v1/models") for host in public_hosts(private)], at_least=3)


@requirement("KC-ROUTE-006")
def test_private_service_is_reachable_inside(private, inside):
    """A cluster-local service answers requests that come from inside the cluster."""
    expect.predictions(inside(private.host, private, INSTANCES), CLASSES)


@requirement("KC-ROUTE-007")
def test_public_service_is_reachable_inside(iris, inside):
    """A public service is reached inside the cluster too, under its cluster-local name."""
    expect.predictions(inside(f"{iris.name}.{iris.namespace}.svc.cluster.local", iris, INSTANCES), CLASSES)
