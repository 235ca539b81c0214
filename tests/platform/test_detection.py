"""Versions and capabilities of made-up clusters; each with its reason."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kserve_conformance.kube import kinds
from kserve_conformance.kube.client import KubeError
from kserve_conformance.platform import detection

KSERVE = {
    "deploy": json.dumps({"defaultDeploymentMode": "Serverless"}),
    "ingress": json.dumps({"ingressClassName": "istio", "enableGatewayApi": False}),
}


def deployment(cluster: Any, name: str, namespace: str, *images: tuple[str, str], version: str = "") -> None:
    containers = [{"name": container, "image": image} for container, image in images]
    labels = {"labels": {"app.kubernetes.io/version": version}} if version else {}
    cluster.add(
        kinds.DEPLOYMENT, name, namespace, metadata=labels, spec={"template": {"spec": {"containers": containers}}}
    )


def config_map(cluster: Any, name: str, namespace: str = "knative-serving", **data: str) -> None:
    cluster.add(kinds.CONFIG_MAP, name, namespace, data=data)


def set_ingress(cluster: Any, said: dict[str, Any]) -> None:
    cluster.get(kinds.CONFIG_MAP, "inferenceservice-config", "kserve")["data"]["ingress"] = json.dumps(said)


def runtime(
    cluster: Any, name: str, *, model_format: str = "sklearn", protocols: list[str] | None = None, **spec: Any
) -> None:
    formats = [{"name": model_format, "autoSelect": True}]
    offered = {"protocolVersions": protocols} if protocols else {}
    cluster.add(
        kinds.CLUSTER_SERVING_RUNTIME, name, spec={"supportedModelFormats": formats, **offered, **spec}, metadata={}
    )


@pytest.fixture
def complete(cluster):
    """The tutorial's platform: Knative by digest, and a proxy before KServe's own container."""
    deployment(
        cluster,
        "kserve-controller-manager",
        "kserve",
        ("kube-rbac-proxy", "quay.io/brancz/kube-rbac-proxy:v0.18.0"),
        ("manager", "kserve/kserve-controller:v0.10.0"),
    )
    deployment(cluster, "controller", "other", ("controller", "example.org/controller:9.9.9"))
    digest = "gcr.io/knative-releases/knative.dev/serving/cmd/controller@sha256:" + "0" * 64
    deployment(cluster, "controller", "knative-serving", ("controller", digest), version="1.7.2")
    deployment(cluster, "istiod", "istio-system", ("discovery", "docker.io/istio/pilot:1.16.0"))
    deployment(cluster, "istio-ingressgateway", "istio-system", ("istio-proxy", "docker.io/istio/proxyv2:1.16.0"))
    cluster.serves("serving.kserve.io", "InferenceService")
    cluster.serves("serving.knative.dev", "Revision")
    config_map(cluster, "inferenceservice-config", "kserve", **KSERVE)
    cluster.add(kinds.INGRESS_CLASS, "istio")
    config_map(cluster, "config-domain", _example="example.org: |")
    config_map(cluster, "config-autoscaler", _example="stable-window: 9s")
    ports = [{"name": "http2", "port": 80}]
    status = {"loadBalancer": {"ingress": [{"ip": "203.0.113.7"}]}}
    cluster.add(kinds.SERVICE, "istio-ingressgateway", "istio-system", spec={"ports": ports}, status=status)
    default = {"annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}
    cluster.add(kinds.STORAGE_CLASS, "slow", metadata={})
    cluster.add(kinds.STORAGE_CLASS, "standard", metadata=default)
    runtime(cluster, "kserve-sklearnserver", protocols=["v1", "v2"])
    runtime(cluster, "kserve-xgbserver", model_format="xgboost")
    runtime(cluster, "kserve-lgbserver", model_format="lightgbm", protocols=["v1"])
    runtime(cluster, "kserve-mlserver", model_format="xgboost", protocols=["v2"])
    runtime(cluster, "lightgbm-v2", model_format="lightgbm", protocols=["v2"])
    return cluster


def reasons(cluster: Any, *, present: bool) -> dict[str, str]:
    return {each.name: each.reason for each in detection.capabilities(cluster) if each.present is present}


def test_versions_of_the_tutorials_platform(complete):
    found = detection.versions(complete)
    assert (found.kserve, found.knative, found.istio, found.kubernetes) == ("0.10.0", "1.7.2", "1.16.0", "v1.33.4")


def test_a_tenant_who_may_not_see_deployments_knows_less(complete):
    complete.refused[kinds.DEPLOYMENT] = 403
    assert detection.versions(complete).kserve == ""


@pytest.mark.parametrize("code", [0, 401])
def test_a_server_that_does_not_answer_or_does_not_know_us_is_an_error(complete, code):
    complete.refused[kinds.DEPLOYMENT] = code
    with pytest.raises(KubeError):
        detection.versions(complete)


def test_a_complete_platform_has_every_capability(complete):
    assert reasons(complete, present=False) == {}
    found = reasons(complete, present=True)
    # Knative 1.7 has a domain of its own, so nothing has to be configured.
    address = "203.0.113.7:80 (load balancer of Service istio-system/istio-ingressgateway)"
    assert found["external-domain"] == f"domain example.com, gateway {address}"
    assert found["serverless"] == "the default deployment mode is Serverless"
    assert found["v2-rest"] == "kserve-sklearnserver"
    assert found["dynamic-volumes"] == "StorageClass standard is the default"
    assert found["xgboost-runtime"] == "v1 by kserve-xgbserver; v2 by kserve-mlserver"
    assert found["v2-grpc"] == "kserve-mlserver"
    assert found["standard-mode"] == "services get an Ingress of class istio"


@pytest.mark.parametrize(
    ("ingress", "reason"),
    [
        ({"ingressClassName": "nginx"}, "there is no IngressClass nginx"),
        ({}, "there is no IngressClass named in inferenceservice-config"),
        ({"enableGatewayApi": True}, "inferenceservice-config sets enableGatewayApi, and no HTTPRoute is served"),
        ({"disableIngressCreation": True}, "inferenceservice-config sets disableIngressCreation"),
    ],
)
def test_standard_mode_needs_a_way_in(complete, ingress, reason):
    set_ingress(complete, ingress)
    assert reasons(complete, present=False) == {"standard-mode": reason}


def test_gateway_api_is_a_way_in(complete):
    complete.serves("gateway.networking.k8s.io", "HTTPRoute")
    set_ingress(complete, {"enableGatewayApi": True})
    assert reasons(complete, present=True)["standard-mode"] == "services get an HTTPRoute"


def test_an_empty_cluster_has_none_but_what_the_user_may(cluster):
    missing = reasons(cluster, present=False)
    assert missing["kserve"] == "the API server serves no InferenceService"
    assert missing["knative"] == missing["scale-to-zero"] == "the API server serves no Knative Revision"
    assert missing["external-domain"].startswith("config-domain gives services the cluster-local domain")
    assert missing["dynamic-volumes"] == "no StorageClass is the default"
    assert set(reasons(cluster, present=True)) == {"restart-components", "configure-knative"}


@pytest.mark.parametrize(
    ("capability", "change", "reason"),
    [
        (
            "serverless",
            lambda c: c.get(kinds.CONFIG_MAP, "inferenceservice-config", "kserve").update(
                data={"deploy": '{"defaultDeploymentMode": "RawDeployment"}'}
            ),
            "the default deployment mode is RawDeployment",
        ),
        (
            "serverless",
            lambda c: c.get(kinds.CONFIG_MAP, "inferenceservice-config", "kserve").update(data={}),
            "inferenceservice-config names no defaultDeploymentMode",
        ),
        (
            "scale-to-zero",
            lambda c: c.get(kinds.CONFIG_MAP, "config-autoscaler").update(data={"enable-scale-to-zero": "false"}),
            "config-autoscaler sets enable-scale-to-zero to false",
        ),
        (
            "guarded-node-selector",
            lambda c: config_map(c, "config-features", **{"kubernetes.podspec-nodeselector": "Enabled"}),
            "config-features sets kubernetes.podspec-nodeselector to Enabled",
        ),
        (
            "external-domain",
            lambda c: c.get(kinds.SERVICE, "istio-ingressgateway").update(status={}),
            "Service istio-system/istio-ingressgateway has neither a load balancer's address nor a node port",
        ),
        (
            "v2-rest",
            lambda c: c.get(kinds.CLUSTER_SERVING_RUNTIME, "kserve-sklearnserver")["spec"].pop("protocolVersions"),
            "no runtime that selects sklearn by itself speaks v2",
        ),
        (
            "v1-rest",
            lambda c: c.get(kinds.CLUSTER_SERVING_RUNTIME, "kserve-sklearnserver")["spec"].update(disabled=True),
            "no runtime that selects sklearn by itself speaks v1",
        ),
        (
            "v2-binary",
            lambda c: c.get(kinds.CLUSTER_SERVING_RUNTIME, "kserve-sklearnserver")["spec"].update(
                protocolVersions=["v1"]
            ),
            "kserve-sklearnserver speaks v1 only",
        ),
        (
            "v2-grpc",
            lambda c: c.get(kinds.CLUSTER_SERVING_RUNTIME, "kserve-mlserver")["spec"].update(disabled=True),
            "there is no ClusterServingRuntime kserve-mlserver, or it is disabled",
        ),
        (
            "xgboost-runtime",
            lambda c: c.get(kinds.CLUSTER_SERVING_RUNTIME, "kserve-xgbserver")["spec"].update(disabled=True),
            "no runtime that selects xgboost by itself speaks v1",
        ),
        (
            "scale-to-zero",
            lambda c: c.refused.update({kinds.CONFIG_MAP: 403}),
            "cannot be found out: 403 Refused: no configmaps for you",
        ),
        (
            "restart-gateway",
            lambda c: setattr(c, "allowed", False),
            "this user may not delete pods in istio-system",
        ),
        (
            "restart-components",
            lambda c: setattr(c, "allowed", False),
            "this user may not patch deployments in knative-serving",
        ),
        (
            "configure-knative",
            lambda c: setattr(c, "allowed", False),
            "this user may not patch configmaps in knative-serving",
        ),
    ],
)
def test_a_missing_capability_says_why(complete, capability, change, reason):
    change(complete)
    assert reasons(complete, present=False)[capability] == reason
