"""What a service in Standard mode consists of."""

from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement

PARTS = ("deployments.apps", "services", "horizontalpodautoscalers.autoscaling")


@requirement("KC-STD-003")
def test_nothing_of_knative(standard):
    """A service in Standard mode is a Deployment, a Service and an autoscaler, and nothing of Knative's."""
    expect.made(standard.kinds_made(), *PARTS, nothing_of="knative.dev")


@requirement("KC-STD-011")
def test_host_follows_the_template(standard, templated_host):
    """The host of a service in Standard mode follows the domain template of inferenceservice-config."""
    expect.matches(standard.host, templated_host(standard), of="the host of status.url")
