"""What Ready promises."""

from fixtures.iris import CLASSES, INSTANCES
from kserve_conformance.checks import eventually, expect
from kserve_conformance.plugin import requirement


@requirement("KC-LIFE-001")
def test_ready_service_has_true_conditions(iris):
    """A service becomes Ready, and the conditions it depends on are True then."""
    expect.conditions(iris, "PredictorReady", "IngressReady", "Ready")


@requirement("KC-LIFE-002")
def test_ready_means_it_answers(deploy, requests, timings, record):
    """A service that says Ready answers within five seconds, and its first prediction is the right one."""
    service = deploy()
    first = eventually(
        "the service that says Ready to answer",
        lambda: requests.predict(service, INSTANCES),
        until=lambda sample: sample.status == 200,
        within=timings.ready_to_answer,
    )
    record("seconds from Ready to the first answer", service.seconds_since_ready(first))
    expect.predictions(first, CLASSES)


@requirement("KC-LIFE-017")
def test_first_request_after_ready_is_answered(deploy, requests):
    """A service that says Ready answers the first request."""
    expect.predictions(requests.predict(deploy(), INSTANCES), CLASSES)


@requirement("KC-LIFE-003")
def test_status_url_can_be_called(iris, requests):
    """A request to exactly status.url reaches the model."""
    expect.answered_by(requests.at(iris.url, "/v1/models"), iris.model_name)


@requirement("KC-LIFE-004")
def test_pods_lead_back_to_their_service(iris):
    """Every pod of a service leads back to it through owner references."""
    expect.owned(iris.pods(), by=iris, at_least=1)


@requirement("KC-LIFE-008")
def test_loaded_model_is_reported(iris, timings):
    """A service that serves its model reports it as loaded and up to date."""
    # KServe's next look after the one that made it Ready (inference_service_status.go, PropagateModelStatus)
    status = eventually(
        "the model to be up to date",
        iris.model_status,
        until=lambda model: model.transition == "UpToDate",
        within=timings.reaction,
    )
    expect.equal(status.active, "Loaded", of="modelStatus.states.activeModelState")
    expect.equal(status.target, "Loaded", of="modelStatus.states.targetModelState")


@requirement("KC-LIFE-012")
def test_ready_has_an_event(deploy, timings):
    """A service that became Ready has an event that says so."""
    service = deploy()
    eventually(
        "an event InferenceServiceReady",
        service.event_reasons,
        until=lambda reasons: "InferenceServiceReady" in reasons,
        within=timings.reaction,
    )
