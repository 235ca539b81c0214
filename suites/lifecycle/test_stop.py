"""A service that is stopped, and started again."""

from kserve_conformance.checks import eventually, expect
from kserve_conformance.plugin import requirement

STOP = "serving.kserve.io/stop"


@requirement("KC-LIFE-021")
def test_stopped_service_starts_again(deploy, requests, timings):
    """A service that is stopped has no pod and no host, and answers again when it is no longer stopped."""
    service = deploy()
    host = service.host
    service.update(annotations={STOP: "true"})
    eventually("no pod to be left", service.pods, until=lambda pods: not pods, within=timings.deletion)
    expect.no_model_answered(requests.to_host(host, "/v1/models"))
    service.update(annotations={STOP: "false"})
    eventually("Ready again", service.said, until=lambda said: said == "Ready True", within=timings.rollout)
    expect.answered_by(requests.who(service), service.model_name)
