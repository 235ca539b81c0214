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
from kserve_conformance.embedded.controllers.serving_runtimes import InvalidSpecError, choose
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
    models = Resource("serving.kserve.io", "v1alpha1", "TrainedModel", "trainedmodels")
    with pytest.raises(ApiError, match=r"does not offer trainedmodels\.serving\.kserve\.io yet"):
        either.store.create(models, {"metadata": {"name": "m", "namespace": "team-a"}})


def test_windows_are_the_shortest_legal_ones(either: Any) -> None:
    data = either.store.get(CONFIG_MAPS, "knative-serving", "config-autoscaler")["data"]
    assert {name: text for name, text in data.items() if name != "_example"} == {
        "stable-window": "6s",
        "scale-to-zero-grace-period": "6s",
        "target-burst-capacity": "0",
    }


def test_the_runtimes_of_a_plain_installation(either: Any) -> None:
    runtimes = {each["metadata"]["name"]: each for each in either.store.list(CLUSTER_SERVING_RUNTIMES)}
    assert len(runtimes) == {"tutorial": 9, "current": 13}[either.stack.name]
    formats = runtimes["kserve-mlserver"]["spec"]["supportedModelFormats"]
    xgboost = [each for each in formats if each["name"] == "xgboost"]
    assert (
        xgboost
        == {
            "tutorial": [{"name": "xgboost", "version": "1", "autoSelect": True}],
            "current": [
                {"name": "xgboost", "version": version, "autoSelect": True, "priority": 2} for version in ("1", "2")
            ],
        }[either.stack.name]
    )


@pytest.mark.parametrize(
    ("model", "tutorial", "current"),
    [
        ({"modelFormat": {"name": "sklearn"}}, "sklearnserver:v0.10.0", "sklearnserver:v0.20.0"),
        ({"modelFormat": {"name": "sklearn"}, "protocolVersion": "v2"}, "mlserver:1.0.0", "mlserver:1.7.1"),
        ({"modelFormat": {"name": "xgboost", "version": "1"}}, "xgbserver:v0.10.0", None),
        ({"modelFormat": {"name": "xgboost", "version": "2"}}, None, "xgbserver:v0.20.0"),
        ({"modelFormat": {"name": "lightgbm"}}, "lgbserver:v0.10.0", "lgbserver:v0.20.0"),
        ({"modelFormat": {"name": "mlflow"}}, "mlserver:1.0.0", None),
        (
            {"modelFormat": {"name": "onnx"}, "protocolVersion": "v2"},
            "tritonserver:21.09-py3",
            "tritonserver:23.05-py3",
        ),
    ],
)
def test_who_serves_what(either: Any, model: Any, tutorial: str | None, current: str | None) -> None:
    wanted = {"tutorial": tutorial, "current": current}[either.stack.name]
    if wanted is None:
        with pytest.raises(InvalidSpecError):
            choose(either.store, "team-a", model, either.stack)
        return
    image = choose(either.store, "team-a", model, either.stack).spec["containers"][0]["image"]
    assert image.endswith(f"/{wanted}")


def test_gateway_service_has_the_real_port(either: Any) -> None:
    gateway = either.store.get(SERVICES, "istio-system", "istio-ingressgateway")
    assert gateway["spec"]["ports"] == [
        {"name": "http2", "protocol": "TCP", "port": 2, "targetPort": 8080},
        {"name": "http", "protocol": "TCP", "port": 80, "targetPort": 8080},
    ]
    assert gateway["status"]["loadBalancer"]["ingress"] == [{"ip": "127.0.0.1"}]
