"""The platform is installed, and what every other suite needs to know of it can be read."""

from kserve_conformance.checks import expect
from kserve_conformance.plugin import requirement

MUST_ANSWER = {
    "inferenceservice.kserve-webhook-server.defaulter": "Fail",
    "inferenceservice.kserve-webhook-server.pod-mutator": "Fail",
}


@requirement("KC-PLAT-001")
def test_versions_can_be_read(platform):
    """The versions of Kubernetes and KServe can be read from the platform itself."""
    expect.known(platform.versions.kubernetes, of="Kubernetes")
    expect.known(platform.versions.kserve, of="KServe")


@requirement("KC-PLAT-002")
def test_kserve_controller_is_available(platform):
    """The KServe controller is available."""
    expect.available(platform.deployments("kserve-controller-manager"), at_least=1)


@requirement("KC-PLAT-003")
def test_knative_components_are_available(platform):
    """Knative's activator, autoscaler, controller and webhook are available."""
    components = platform.deployments("activator", "autoscaler", "controller", "webhook", namespace="knative-serving")
    expect.available(components, at_least=4)


@requirement("KC-PLAT-004")
def test_kserve_kinds_are_served(platform):
    """The API server serves InferenceService, ServingRuntime and ClusterServingRuntime."""
    kinds = platform.served_kinds("serving.kserve.io")
    expect.contains(kinds, "InferenceService", "ServingRuntime", "ClusterServingRuntime")


@requirement("KC-PLAT-005")
def test_knative_kinds_are_served(platform):
    """The API server serves Knative's services, configurations, revisions, routes and pod autoscalers."""
    expect.contains(platform.served_kinds("serving.knative.dev"), "Service", "Configuration", "Revision", "Route")
    expect.contains(platform.served_kinds("autoscaling.internal.knative.dev"), "PodAutoscaler")


@requirement("KC-PLAT-006")
def test_inferenceservice_config_is_json(platform):
    """Every key of inferenceservice-config holds valid JSON."""
    expect.all_json(platform.config_map("inferenceservice-config", namespace="kserve"), at_least=3)


@requirement("KC-PLAT-007")
def test_a_runtime_for_sklearn_can_be_selected(platform):
    """An enabled runtime can be selected for scikit-learn models."""
    expect.some(platform.runtimes_for("sklearn"), of="enabled runtimes that select sklearn by themselves")


@requirement("KC-PLAT-008")
def test_default_domain_can_be_reached_from_outside(platform):
    """The default domain of services is not the cluster-local one, which nobody outside can reach."""
    expect.differs(platform.domain, "svc.cluster.local", of="the default domain in config-domain")


@requirement("KC-PLAT-009")
def test_autoscaler_windows_are_legal(timings):
    """The autoscaler's configured windows lie in the range Knative accepts."""
    expect.within(timings.stable_window, low=6, high=3600, of="stable-window")
    expect.within(timings.panic_window, low=timings.stable_window * 0.01, high=timings.stable_window, of="panic window")
    expect.within(timings.scale_to_zero_grace, low=6, high=float("inf"), of="scale-to-zero-grace-period")


@requirement("KC-PLAT-012")
def test_mutating_webhooks_must_answer(platform):
    """The webhooks that fill in services and their pods are registered so that nothing is stored without them."""
    policies = platform.failure_policies("inferenceservice.serving.kserve.io")
    expect.equal(policies, MUST_ANSWER, of="the failurePolicy of KServe's mutating webhooks")
