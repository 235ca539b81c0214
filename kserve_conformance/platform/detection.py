"""What a platform is and what it has, read from the platform itself; every answer comes with its reason."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from kserve_conformance.kube import kinds
from kserve_conformance.kube.client import Client, KubeError, Obj
from kserve_conformance.kube.objects import labels_of, name_of
from kserve_conformance.model import Capability, Versions
from kserve_conformance.platform.configured import CLUSTER_LOCAL, default_domain
from kserve_conformance.platform.ingress import find_ingress

# Deployments whose label or image tag is the version of what they belong to.
CONTROLLERS = {
    "kserve": ("kserve-controller-manager",),
    "knative": ("controller", "activator"),
    "istio": ("istiod",),
}
KNATIVE = "knative-serving"
GATEWAY = ("istio-system", "istio-ingressgateway")
DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
NODE_SELECTOR = "kubernetes.podspec-nodeselector"
VERSION_LABEL = "app.kubernetes.io/version"
_TAG = re.compile(r":v?(\d+\.\d+[^@]*)")


def versions(client: Client) -> Versions:
    """Raises KubeError only when the API server does not answer, or does not know this user."""
    found = dict.fromkeys(CONTROLLERS, "")
    try:
        deployments = client.list(kinds.DEPLOYMENT)
    except KubeError as error:
        if error.code in (0, 401):
            raise
        deployments = []  # a plain tenant may not see them
    for component, names in CONTROLLERS.items():
        for each in deployments:
            if name_of(each) in names and (component != "knative" or each["metadata"]["namespace"] == KNATIVE):
                found[component] = found[component] or _version(each)
    kubernetes = client.call("GET", "/version")["gitVersion"]
    return Versions(kubernetes=kubernetes, **found)


def _version(deployment: Obj) -> str:
    """The image tag says what runs; a digest says nothing, then the label has to do."""
    containers = deployment["spec"]["template"]["spec"]["containers"]
    # KServe's own container, where there is one by that name: its 0.10 chart puts a proxy of another version first.
    for container in [each for each in containers if each["name"] == "manager"] or containers:
        if match := _TAG.search(container["image"]):
            return match[1]
    return labels_of(deployment).get(VERSION_LABEL, "").removeprefix("v")


def served_kinds(client: Client, group: str) -> set[str]:
    try:
        versions = client.call("GET", f"/apis/{group}")["versions"]
    except KubeError as error:
        if error.code == 404:
            return set()
        raise
    lists = (client.call("GET", f"/apis/{each['groupVersion']}") for each in versions)
    return {each["kind"] for found in lists for each in found["resources"] if "/" not in each["name"]}


def selectable(client: Client, model_format: str) -> list[Obj]:
    return [
        each
        for each in client.list(kinds.CLUSTER_SERVING_RUNTIME)
        if not each["spec"].get("disabled")
        and any(
            offered["name"] == model_format and offered.get("autoSelect")
            for offered in each["spec"].get("supportedModelFormats", ())
        )
    ]


def capabilities(client: Client) -> tuple[Capability, ...]:
    """Every capability the requirements name; what could not be found out counts as missing, with the reason."""
    probes: dict[str, Callable[[Client], str]] = {
        "kserve": _kserve,
        "knative": _knative,
        "serverless": _serverless,
        "scale-to-zero": _scale_to_zero,
        "external-domain": _external_domain,
        "v1-rest": lambda one: _protocol(one, "v1"),
        "v2-rest": lambda one: _protocol(one, "v2"),
        "v2-binary": lambda one: _named_runtime(one, "kserve-sklearnserver"),
        "v2-grpc": lambda one: _named_runtime(one, "kserve-mlserver"),
        "xgboost-runtime": lambda one: _both_protocols(one, "xgboost"),
        "lightgbm-runtime": lambda one: _both_protocols(one, "lightgbm"),
        "restart-components": _restart_components,
        "restart-gateway": _restart_gateway,
        "configure-knative": _configure_knative,
        "dynamic-volumes": _dynamic_volumes,
        "standard-mode": _standard_mode,
        "guarded-node-selector": _guarded_node_selector,
    }
    return tuple(_found(name, probe, client) for name, probe in probes.items())


class _MissingError(Exception):
    """Why a capability is not there."""


def _found(name: str, probe: Callable[[Client], str], client: Client) -> Capability:
    try:
        return Capability(name, True, probe(client))
    except (_MissingError, LookupError) as error:
        return Capability(name, False, str(error.args[0]))
    except KubeError as error:
        return Capability(name, False, f"cannot be found out: {error}")


def _kserve(client: Client) -> str:
    if "InferenceService" not in served_kinds(client, "serving.kserve.io"):
        raise _MissingError("the API server serves no InferenceService")
    return "InferenceService is served"


def _knative(client: Client) -> str:
    if "Revision" not in served_kinds(client, "serving.knative.dev"):
        raise _MissingError("the API server serves no Knative Revision")
    return "Knative's kinds are served"


def _serverless(client: Client) -> str:
    """By inferenceservice-config; without the mode KServe does not work (pkg/apis/serving/v1beta1/configmap.go)."""
    _kserve(client)
    _knative(client)
    found = client.get(kinds.CONFIG_MAP, "inferenceservice-config", "kserve") or {}
    deploy = (found.get("data") or {}).get("deploy", "")
    mode = re.search(r'"defaultDeploymentMode"\s*:\s*"(\w+)"', deploy)
    if mode is None:
        raise _MissingError("inferenceservice-config names no defaultDeploymentMode")
    if mode[1] not in ("Serverless", "Knative"):
        raise _MissingError(f"the default deployment mode is {mode[1]}")
    return f"the default deployment mode is {mode[1]}"


def _standard_mode(client: Client) -> str:
    """That services without Knative have a way in: an Ingress of a class that is there, or an HTTPRoute."""
    _kserve(client)
    found = client.get(kinds.CONFIG_MAP, "inferenceservice-config", "kserve") or {}
    ingress = json.loads((found.get("data") or {}).get("ingress") or "{}")
    if ingress.get("disableIngressCreation"):
        raise _MissingError("inferenceservice-config sets disableIngressCreation")
    if ingress.get("enableGatewayApi"):
        if "HTTPRoute" not in served_kinds(client, "gateway.networking.k8s.io"):
            raise _MissingError("inferenceservice-config sets enableGatewayApi, and no HTTPRoute is served")
        return "services get an HTTPRoute"
    name = ingress.get("ingressClassName") or ""
    if not name or client.get(kinds.INGRESS_CLASS, name) is None:
        raise _MissingError(f"there is no IngressClass {name or 'named in inferenceservice-config'}")
    return f"services get an Ingress of class {name}"


def _scale_to_zero(client: Client) -> str:
    _knative(client)
    found = client.get(kinds.CONFIG_MAP, "config-autoscaler", KNATIVE) or {}
    if (found.get("data") or {}).get("enable-scale-to-zero", "true").lower() != "true":
        raise _MissingError("config-autoscaler sets enable-scale-to-zero to false")
    return "config-autoscaler allows it"


def _external_domain(client: Client) -> str:
    found = client.get(kinds.CONFIG_MAP, "config-domain", KNATIVE) or {}
    domains = {key: value for key, value in (found.get("data") or {}).items() if key != "_example"}
    domain = default_domain(domains, knative=versions(client).knative)
    if domain == CLUSTER_LOCAL:
        raise _MissingError(
            "config-domain gives services the cluster-local domain; no request from outside can reach them"
        )
    ingress = find_ingress(client)
    return f"domain {domain}, gateway {ingress.address} ({ingress.how})"


def _protocol(client: Client, version: str, *, model_format: str = "sklearn") -> str:
    names = [name_of(each) for each in selectable(client, model_format) if version in _speaks(each)]
    if not names:
        raise _MissingError(f"no runtime that selects {model_format} by itself speaks {version}")
    return ", ".join(names)


def _dynamic_volumes(client: Client) -> str:
    """A claim that names no class gets a volume of the default one."""
    for each in client.list(kinds.STORAGE_CLASS):
        if (each["metadata"].get("annotations") or {}).get(DEFAULT_CLASS) == "true":
            return f"StorageClass {name_of(each)} is the default"
    raise _MissingError("no StorageClass is the default")


def _speaks(runtime: Obj) -> list[str]:
    """A runtime without protocolVersions speaks v1 (kserve pkg/apis/serving/v1alpha1/servingruntime_types.go)."""
    return list(runtime["spec"].get("protocolVersions") or ["v1"])


def _both_protocols(client: Client, model_format: str) -> str:
    first, second = (_protocol(client, version, model_format=model_format) for version in ("v1", "v2"))
    return f"v1 by {first}; v2 by {second}"


def _named_runtime(client: Client, name: str) -> str:
    """One of KServe's own, which has to be asked for by its name."""
    found = client.get(kinds.CLUSTER_SERVING_RUNTIME, name)
    if found is None or found["spec"].get("disabled"):
        raise _MissingError(f"there is no ClusterServingRuntime {name}, or it is disabled")
    if "v2" not in _speaks(found):
        raise _MissingError(f"{name} speaks {', '.join(_speaks(found))} only")
    return name


def _restart_components(client: Client) -> str:
    for verb, group, resource in (("patch", "apps", "deployments"), ("delete", "", "pods")):
        for namespace in (KNATIVE, "kserve"):
            _may(client, verb, group, resource, namespace)
    return f"this user may patch deployments and delete pods in {KNATIVE} and kserve"


def _restart_gateway(client: Client) -> str:
    namespace, name = GATEWAY
    if client.get(kinds.DEPLOYMENT, name, namespace) is None:
        raise _MissingError(f"there is no Deployment {namespace}/{name}")
    _may(client, "delete", "", "pods", namespace)
    return f"this user may delete pods in {namespace}"


def _configure_knative(client: Client) -> str:
    """Only as a dry run, for which the API server asks for the same right."""
    _may(client, "patch", "", "configmaps", KNATIVE)
    return f"this user may patch configmaps in {KNATIVE}"


def _guarded_node_selector(client: Client) -> str:
    """By the feature flag, which is off by default (serving pkg/apis/config/features.go)."""
    _serverless(client)
    found = client.get(kinds.CONFIG_MAP, "config-features", KNATIVE) or {}
    flag = (found.get("data") or {}).get(NODE_SELECTOR, "disabled")
    if flag.lower() in ("enabled", "allowed"):
        raise _MissingError(f"config-features sets {NODE_SELECTOR} to {flag}")
    return f"config-features leaves {NODE_SELECTOR} off"


def _may(client: Client, verb: str, group: str, resource: str, namespace: str) -> None:
    attributes = {"group": group, "resource": resource, "verb": verb, "namespace": namespace}
    review = client.create(
        kinds.ACCESS_REVIEW,
        {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "metadata": {},
            "spec": {"resourceAttributes": attributes},
        },
    )
    if not review["status"].get("allowed"):
        raise _MissingError(f"this user may not {verb} {resource} in {namespace}")
