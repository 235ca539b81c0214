"""What a service in Standard mode consists of."""

from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement

PARTS = ("deployments.apps", "services", "horizontalpodautoscalers.autoscaling")


@requirement("KC-STD-003")
def test_nothing_of_knative(standard):
    """A service in Standard mode is a Deployment, a Service and an autoscaler, and nothing of Knative's."""
    expect.made(standard.kinds_made(), *PARTS, nothing_of="knative.dev")
