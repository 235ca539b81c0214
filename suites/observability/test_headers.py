"""What connects a request with its traces and logs."""

from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@requirement("KC-OBS-001")
def test_trace_reaches_the_model(echo, requests):
    """The trace that a client begins, in the W3C header traceparent, goes on in the model."""
    answer = requests.told(echo, headers={"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"})
    expect.trace_seen(answer, TRACE)
