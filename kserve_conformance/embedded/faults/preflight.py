"""Platforms that were installed or changed wrongly."""

from __future__ import annotations

from kserve_conformance.embedded.faults import Misconfiguration

TESTS = "suites/preflight/test_platform.py::"
NO_VERSION = (
    "-n kserve set image deployment/kserve-controller-manager manager=kserve/kserve-controller@sha256:" + "0" * 64,
    "-n kserve label deployment/kserve-controller-manager app.kubernetes.io/version-",
)
RUNTIMES_FOR_SKLEARN = ("kserve-sklearnserver", "kserve-mlserver")

ALL = (
    Misconfiguration(
        "F190",
        "version-hidden",
        "installation",
        "the controller runs by digest, and no label says its version",
        TESTS + "test_versions_can_be_read",
        commands=NO_VERSION,
    ),
    Misconfiguration(
        "F191",
        "controller-away",
        "installation",
        "the KServe controller has no pod",
        TESTS + "test_kserve_controller_is_available",
        commands=("-n kserve scale deployment/kserve-controller-manager --replicas=0",),
    ),
    Misconfiguration(
        "F192",
        "autoscaler-away",
        "installation",
        "the autoscaler has no pod",
        TESTS + "test_knative_components_are_available",
        commands=("-n knative-serving scale deployment/autoscaler --replicas=0",),
    ),
    Misconfiguration(
        "F193",
        "runtime-kind-missing",
        "installation",
        "the definition of ClusterServingRuntime is not there",
        TESTS + "test_kserve_kinds_are_served",
        (TESTS + "test_a_runtime_for_sklearn_can_be_selected",),
        commands=("delete crd clusterservingruntimes.serving.kserve.io",),
    ),
    Misconfiguration(
        "F194",
        "autoscaler-kind-missing",
        "installation",
        "the definition of PodAutoscaler is not there",
        TESTS + "test_knative_kinds_are_served",
        commands=("delete crd podautoscalers.autoscaling.internal.knative.dev",),
    ),
    Misconfiguration(
        "F195",
        "config-not-json",
        "installation",
        "a key of inferenceservice-config is cut off",
        TESTS + "test_inferenceservice_config_is_json",
        commands=("""-n kserve patch configmap inferenceservice-config --type=merge -p '{"data": {"logger": "{"}}'""",),
    ),
    Misconfiguration(
        "F196",
        "runtimes-missing",
        "installation",
        "no runtime was installed",
        TESTS + "test_a_runtime_for_sklearn_can_be_selected",
        commands=("delete clusterservingruntimes --all",),
    ),
    Misconfiguration(
        "F197",
        "internal-domain",
        "installation",
        "services get the cluster-local domain",
        TESTS + "test_default_domain_can_be_reached_from_outside",
        commands=(
            """-n knative-serving patch configmap config-domain --type=merge
            -p '{"data": {"example.com": null, "svc.cluster.local": ""}}'""",
        ),
    ),
    Misconfiguration(
        "F198",
        "illegal-window",
        "installation",
        "config-autoscaler was replaced without the labels that make Knative look at it, by one with a window of 2 s",
        TESTS + "test_autoscaler_windows_are_legal",
        commands=(
            "-n knative-serving label configmap config-autoscaler app.kubernetes.io/name- app.kubernetes.io/component-",
            """-n knative-serving patch configmap config-autoscaler --type=merge
            -p '{"data": {"stable-window": "2s"}}'""",
        ),
    ),
    Misconfiguration(
        "F296",
        "pods-without-webhook",
        "installation",
        "pods are stored as they come while KServe's webhook does not answer",
        TESTS + "test_mutating_webhooks_must_answer",
        commands=(
            "patch mutatingwebhookconfiguration inferenceservice.serving.kserve.io --type=json "
            """-p='[{"op": "replace", "path": "/webhooks/1/failurePolicy", "value": "Ignore"}]'""",
        ),
    ),
)
