"""What stands behind a service, and what its status says of that."""

from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement


@requirement("KC-LIFE-025")
def test_knative_service_has_a_known_name(iris, behind):
    """The Knative Service of a predictor is found by its labels, and has the service's name and the word predictor."""
    expect.equal(behind(iris).knative_services(), [f"{iris.name}-predictor"], of="the Knative Services")


@requirement("KC-LIFE-026")
def test_host_is_short(iris, behind):
    """The host of a service is that of its predictor, without the words that make it the predictor's."""
    expect.equal(iris.host, behind(iris).short_host, of="the host of status.url")


@requirement("KC-LIFE-027")
def test_mode_and_runtime_are_reported(iris, behind, platform):
    """The status names the deployment mode of a service and the runtime that serves its model."""
    expect.equal(behind(iris).mode, "Knative", of="status.deploymentMode")
    expect.one_of(behind(iris).runtime, platform.runtimes_for("sklearn"), of="the runtime in the status")


@requirement("KC-LIFE-028")
def test_revision_has_the_configured_limits(iris, behind, configured_limits):
    """A service that says nothing of timeout and concurrency has those of config-defaults."""
    expect.equal(behind(iris).limits(), configured_limits, of="timeout and concurrency of the revision")


@requirement("KC-LIFE-038")
def test_pod_has_the_known_containers(iris, behind):
    """The pod of a model that is fetched has a model server, a queue proxy, and a storage initializer before them."""
    expect.includes(behind(iris).containers(), "kserve-container", "queue-proxy", of="the containers of the pod")
    expect.includes(behind(iris).initializers(), "storage-initializer", of="the init containers of the pod")
