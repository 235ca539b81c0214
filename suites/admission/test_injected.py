"""What KServe's webhook adds to pods."""

from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement


@requirement("KC-PLAT-013")
def test_injected_containers_have_the_configured_resources(
    batched_iris, behind, initializer_resources, agent_resources
):
    """The storage initializer and the agent in a service's pod have the resources that are configured for them."""
    initializer = behind(batched_iris).resources("storage-initializer")
    expect.one_of(initializer, initializer_resources, of="the storage initializer's resources")
    expect.equal(behind(batched_iris).resources("agent"), agent_resources, of="the agent's resources")
