"""Models that are not where the service says."""

from fixtures.iris import NO_MODEL_HERE
from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement


@requirement("KC-STOR-004")
def test_missing_model_is_reported(deploy, failed_model):
    """The storage uri of a model that does not exist is named in the service's status."""
    service = deploy.request(storage_uri=NO_MODEL_HERE)
    status = failed_model(service)
    expect.names_uri(status.message, NO_MODEL_HERE)
