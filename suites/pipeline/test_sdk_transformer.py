"""Transformers on KServe's own SDK."""

from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement


@requirement("KC-PIPE-041")
def test_headers_are_passed_on(sdk_pipeline, requests):
    """A transformer on KServe's SDK passes the caller's authorization and trace on to the predictor."""
    caller = {"authorization": "Bearer of-the-caller", "x-b3-traceid": "463ac35c9f6413ad48485a3953bb6124"}
    answer = requests.told(sdk_pipeline, headers=caller)
    expect.passed_through([answer], "transformer", at_least=1)
    expect.passed_on(answer, "authorization", caller["authorization"])
    expect.passed_on(answer, "x-b3-traceid", caller["x-b3-traceid"])


@requirement("KC-PIPE-042")
def test_failure_is_told(sdk_pipeline, requests):
    """A transformer on KServe's SDK tells that the predictor has failed, with its status or naming that.

    It fails once: after an error that the SDK has no handler for, uvicorn closes the connection, which the queue proxy
    may already be using for the next request.
    """
    expect.passed_through([requests.told(sdk_pipeline)], "transformer", at_least=1)
    expect.failure_told(requests.told(sdk_pipeline, status=422), status=422)
