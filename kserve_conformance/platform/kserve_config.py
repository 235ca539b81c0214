"""What KServe's inferenceservice-config says, with KServe's own defaults where it says nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from kserve_conformance.kube.client import Obj
from kserve_conformance.kube.quantities import Resources, resources_of

# pkg/apis/serving/v1beta1/configmap.go, the same in v0.10.0 and v0.20.0
DOMAIN, DOMAIN_TEMPLATE = "example.com", "{{ .Name }}-{{ .Namespace }}.{{ .IngressDomain }}"
QUARTER = "25%"  # pkg/controller/v1beta1/inferenceservice/reconcilers/deployment/deployment_reconciler.go
STANDARD = ("Standard", "RawDeployment")  # the name of the mode, now and up to 0.15
ACTION = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}")


def host_pattern(ingress: Mapping[str, Any], *, name: str, namespace: str) -> str:
    """A regular expression for the hosts of a service in Standard mode, from the document `ingress`.

    The template is Go's. Where it asks for labels, annotations or the like, anything fits.
    """
    values = {
        ".Name": name,
        ".Namespace": namespace,
        ".IngressDomain": ingress.get("ingressDomain") or DOMAIN,
    }
    literal, *rest = ACTION.split(ingress.get("domainTemplate") or DOMAIN_TEMPLATE)
    pattern = re.escape(literal)
    for action, literal in zip(rest[::2], rest[1::2], strict=True):
        pattern += re.escape(values[action]) if action in values else ".*"
        pattern += re.escape(literal)
    return pattern


def rolling_update(deploy: Mapping[str, Any]) -> dict[str, str]:
    """Of a Deployment in Standard mode, from the document `deploy`.

    It is configurable where services are in Standard mode by default, since 0.16.
    """
    rollout = (deploy.get("deploymentRolloutStrategy") or {}).get("defaultRollout") or {}
    configured = rollout if deploy.get("defaultDeploymentMode") in STANDARD else {}
    return {each: configured.get(each) or QUARTER for each in ("maxSurge", "maxUnavailable")}


def resources(document: Mapping[str, Any]) -> Resources:
    """What an injected container is given by its document, which has to name all four."""
    return resources_of(
        {
            "resources": {
                "requests": {"cpu": document["cpuRequest"], "memory": document["memoryRequest"]},
                "limits": {"cpu": document["cpuLimit"], "memory": document["memoryLimit"]},
            }
        }
    )


def initializer_resources(document: Mapping[str, Any], storage_containers: Sequence[Obj]) -> list[Resources]:
    """What a storage initializer may have: by its document `storageInitializer`, or with that of the
    ClusterStorageContainer laid over it that fits the uri of its model
    (pkg/webhook/admission/pod/storage_initializer_injector.go)."""
    configured = resources(document)
    specs = [each["spec"] for each in storage_containers if not each.get("disabled")]
    laid_over = [resources_of(each["container"]) for each in specs if each.get("workloadType") == "initContainer"]
    return [configured, *({kind: configured[kind] | each.get(kind, {}) for kind in configured} for each in laid_over)]


def passed_on_by_graphs(router: Mapping[str, Any], name: str, *, kserve: str) -> bool:
    """Whether the document `router` names this header (kserve cmd/router/main.go): in full, or since 0.12 with an
    expression. A list without an entry reaches the router as one entry without a letter, which any name has."""
    named = (router.get("headers") or {}).get("propagate")
    if named is None:
        return False
    entries = ",".join(named).split(",")
    if re.match(r"0\.(\d|1[01])\.", kserve):
        return name in entries
    return any(_matches(each, name) for each in entries)


def _matches(pattern: str, name: str) -> bool:
    """What is no expression is left out by the router, too."""
    try:
        return re.search(pattern, name) is not None
    except re.error:
        return False
