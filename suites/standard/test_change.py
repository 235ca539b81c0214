"""Services in Standard mode that are updated, stopped and deleted."""

from fixtures.iris import CLASSES, INSTANCES
from fixtures.standard import STANDARD
from kserve_conformance.checks import eventually, expect
from kserve_conformance.plugin import requirement

STOP = "serving.kserve.io/stop"


@requirement("KC-STD-007")
def test_changed_field_takes_effect(deploy_standard, first_answer, requests, timings):
    """A changed field of a service in Standard mode reaches its model server."""
    service = deploy_standard()
    expect.predictions(first_answer(service, INSTANCES), CLASSES)
    service.update(args=["--model_name=second"])
    eventually(
        "a request to be answered by the changed model",
        lambda: requests.who(service),
        until=lambda sample: sample.answered_by == "second",
        within=timings.rollout,
    )


@requirement("KC-STD-008")
def test_stopped_service_starts_again(deploy_standard, first_answer, requests, timings):
    """A service in Standard mode that is stopped has no pod and no host, and answers again when it is started."""
    service = deploy_standard()
    host = service.host
    service.update(annotations={**STANDARD, STOP: "true"})
    eventually("no pod to be left", service.pods, until=lambda pods: not pods, within=timings.deletion)
    expect.no_model_answered(requests.to_host(host, "/v1/models"))
    service.update(annotations={**STANDARD, STOP: "false"})
    eventually("Ready again", service.said, until=lambda said: said == "Ready True", within=timings.rollout)
    expect.predictions(first_answer(service, INSTANCES), CLASSES)


@requirement("KC-STD-009")
def test_delete_removes_everything(deploy_standard, requests, timings):
    """A deleted service in Standard mode leaves no object behind, and its host is gone from the gateway."""
    service = deploy_standard()
    host = service.host
    expect.some(service.children(), of="objects the service made")
    service.delete()
    eventually(
        "nothing of the service to be left", service.children, until=lambda left: not left, within=timings.deletion
    )
    expect.no_model_answered(requests.to_host(host, "/v1/models"))
