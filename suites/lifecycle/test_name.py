"""What a name is worth after its service was deleted."""

from kserve_conformance.checks import eventually, expect
from kserve_conformance.plugin import requirement


@requirement("KC-LIFE-016")
def test_name_can_be_used_again(deploy, requests, timings):
    """The name of a deleted service is free again, and only the new service's model answers under it."""
    service = deploy()
    service.delete()
    # KServe takes over a Knative Service of that name, whoever made it (reconcilers/knative/ksvc_reconciler.go)
    eventually("all of the service to be gone", service.children, until=lambda left: not left, within=timings.deletion)
    deploy.again(service, args=["--model_name=second"])
    expect.answered_only_by(requests.who_answers(service, times=50), "second", at_least=50)
