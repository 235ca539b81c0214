"""When a service in Standard mode is ready."""

from fixtures.iris import NO_IMAGE
from fixtures.standard import STANDARD
from kserve_conformance.checks import eventually, expect
from kserve_conformance.plugin import requirement


@requirement("KC-STD-010")
def test_predictor_is_ready_with_its_deployment(deploy, behind, timings):
    """The predictor of a service in Standard mode is not ready while its Deployment is not available, for that reason,
    and is ready once it is.
    """
    service = deploy.request(annotations=STANDARD, spec={"predictor": {"model": {"image": NO_IMAGE}}})
    unavailable = eventually(
        "the Deployment to say that it is not available",
        behind(service).deployment_says,
        until=lambda said: said.startswith("Available False"),
        within=timings.reaction,
    )
    eventually(
        "the predictor to say the same",
        lambda: service.said("PredictorReady"),
        until=lambda said: said == unavailable.replace("Available", "PredictorReady", 1),
        within=timings.reaction,
    )
    expect.not_ready(service)
    service.update(spec={})
    eventually("the service to be Ready", service.lacks, until=lambda lacking: not lacking, within=timings.rollout)
