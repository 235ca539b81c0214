from __future__ import annotations

from typing import Any

import pytest

from kserve_conformance.embedded.apiserver.resources import (
    CLUSTER_SERVING_RUNTIMES,
    CONFIG_MAPS,
    CRDS,
    DEPLOYMENTS,
    SERVICES,
    Resource,
)
from kserve_conformance.embedded.errors import ApiError
from kserve_conformance.embedded.objects import is_true


def test_versions_can_be_read_from_the_components(either: Any) -> None:
    kserve = either.store.get(DEPLOYMENTS, "kserve", "kserve-controller-manager")
    images = {each["name"]: each["image"] for each in kserve["spec"]["template"]["spec"]["containers"]}
    assert images["manager"] == f"kserve/kserve-controller:v{either.stack.kserve}"
    assert "kube-rbac-proxy" in images
    for name in ("activator", "autoscaler", "controller", "webhook", "net-istio-controller", "net-istio-webhook"):
        labels = either.store.get(DEPLOYMENTS, "knative-serving", name)["metadata"]["labels"]
        assert labels["app.kubernetes.io/name"] == "knative-serving"
    labels = either.store.get(DEPLOYMENTS, "knative-serving", "activator")["metadata"]["labels"]
    assert labels["app.kubernetes.io/version"] == either.stack.knative


def test_components_that_only_the_older_has(current: Any, tutorial: Any) -> None:
    assert tutorial.store.find(DEPLOYMENTS, "knative-serving", "domain-mapping")
    assert current.store.find(DEPLOYMENTS, "knative-serving", "domain-mapping") is None


def test_no_placeholder_is_left(either: Any) -> None:
    for resource in (DEPLOYMENTS, SERVICES, CONFIG_MAPS):
        for obj in either.store.list(resource):
            assert "{kserve}" not in str(obj)
            assert "{knative}" not in str(obj)


def test_definitions_are_established(either: Any) -> None:
    definitions = {each["metadata"]["name"]: each for each in either.store.list(CRDS)}
    for name in (
        "inferenceservices.serving.kserve.io",
        "services.serving.knative.dev",
        "images.caching.internal.knative.dev",
    ):
        assert is_true(definitions[name], "Established")
        assert is_true(definitions[name], "NamesAccepted")
        assert definitions[name]["status"]["storedVersions"]


def test_a_kind_that_is_only_defined_cannot_be_created(either: Any) -> None:
    graphs = Resource("serving.kserve.io", "v1alpha1", "InferenceGraph", "inferencegraphs")
    with pytest.raises(ApiError, match=r"does not offer inferencegraphs\.serving\.kserve\.io yet"):
        either.store.create(graphs, {"metadata": {"name": "g", "namespace": "team-a"}})


def test_windows_are_the_shortest_legal_ones(either: Any) -> None:
    data = either.store.get(CONFIG_MAPS, "knative-serving", "config-autoscaler")["data"]
    assert {name: text for name, text in data.items() if name != "_example"} == {
        "stable-window": "6s",
        "scale-to-zero-grace-period": "6s",
        "target-burst-capacity": "0",
    }


def test_only_runtimes_that_can_be_run(either: Any) -> None:
    (runtime,) = either.store.list(CLUSTER_SERVING_RUNTIMES)
    assert runtime["metadata"]["name"] == "kserve-sklearnserver"
    assert tuple(runtime["spec"]["protocolVersions"]) == either.stack.runtime_protocols


def test_gateway_service_has_the_real_port(either: Any) -> None:
    gateway = either.store.get(SERVICES, "istio-system", "istio-ingressgateway")
    assert gateway["spec"]["ports"] == [{"name": "http2", "protocol": "TCP", "port": 2, "targetPort": 2}]
    assert gateway["status"]["loadBalancer"]["ingress"] == [{"ip": "127.0.0.1"}]
