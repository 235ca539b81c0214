"""What deleting a service leaves behind: nothing."""

from kserve_conformance.checks import eventually, expect
from kserve_conformance.plugin import requirement


@requirement("KC-LIFE-007")
def test_delete_removes_everything(deploy, requests, timings):
    """A deleted service leaves no object behind, and its host is gone from the gateway."""
    service = deploy()
    host = service.host
    expect.some(service.children(), of="objects the service made")
    service.delete()
    eventually(
        "nothing of the service to be left", service.children, until=lambda left: not left, within=timings.deletion
    )
    expect.no_model_answered(requests.to_host(host, "/v1/models"))
