"""What becomes of the exceptions of a model on KServe's SDK."""

from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement

# The last is none of the SDK's own: after it the server closes its connection, so nothing is asked after it.
RAISED = {
    "InvalidInput": 400,
    "ModelNotFound": 404,
    "ModelNotReady": 503,
    "InferenceError": 500,
    "NotImplementedError": 501,
    "KeyError": 500,
}


@requirement("KC-V1-028")
def test_each_error_has_its_status(raiser, requests):
    """Each error that a model on KServe's SDK raises has its status, and is told in JSON."""
    expect.predictions(requests.told(raiser), [1])
    answers = [requests.told(raiser, raises=name) for name in RAISED]
    expect.json_errors(answers, statuses=list(RAISED.values()), at_least=6)
