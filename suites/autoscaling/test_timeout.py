"""How long a request may take."""

from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement

TIMEOUT = 3


@requirement("KC-SCALE-024")
def test_late_answer_is_a_timeout(deploy, witness, requests):
    """A request that its model does not answer within the service's timeout is answered with 504."""
    service = deploy(spec={"predictor": {**witness(), "timeout": TIMEOUT}})
    expect.answered(requests.told(service, sleep=TIMEOUT / 3))
    expect.status(requests.told(service, sleep=TIMEOUT * 2), 504)
