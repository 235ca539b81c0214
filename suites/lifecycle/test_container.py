"""What a container of one's own may rely on."""

from fixtures.iris import INSTANCES
from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement


@requirement("KC-LIFE-031")
def test_declared_port_is_served(deploy, witness, requests):
    """A custom predictor is served on the port that its container declares."""
    service = deploy(spec={"predictor": witness(port=9191)})
    expect.predictions(requests.predict(service, INSTANCES), INSTANCES)


@requirement("KC-LIFE-032")
def test_container_is_told_who_it_is(echo, requests):
    """A model's container is told its port, its revision, its configuration and its Knative service in variables."""
    expect.variables_seen(requests.told(echo), PORT="8080", **echo.knative_names())
