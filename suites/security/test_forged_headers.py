"""Headers that only the platform may write."""

from fixtures.annotations import PROXIED
from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement


@requirement("KC-SEC-001")
def test_forged_revision_reaches_nobody_else(iris, deploy, requests):
    """A client that names another service's revision in Knative's own headers is answered by the host's service."""
    service = deploy(annotations=PROXIED)  # an activator goes by such headers
    forged = {"knative-serving-namespace": iris.namespace, "knative-serving-revision": iris.revisions()[-1]}
    expect.answered_by(requests.to_host(service.host, "/v1/models"), service.model_name)
    expect.answered_by(requests.to_host(service.host, "/v1/models", headers=forged), service.model_name)
