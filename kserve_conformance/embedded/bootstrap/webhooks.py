"""The webhook configurations that a cluster of a stack has; their rules run in `admission`, in this process."""

from __future__ import annotations

from collections.abc import Iterator

from kserve_conformance.embedded.apiserver.resources import Resource
from kserve_conformance.embedded.apiserver.stored_kinds import MUTATING_WEBHOOKS, VALIDATING_WEBHOOKS
from kserve_conformance.embedded.bootstrap import files
from kserve_conformance.embedded.objects import Obj
from kserve_conformance.embedded.stacks import Stack

KNATIVE_GROUPS = ("autoscaling.internal.knative.dev", "networking.internal.knative.dev", "serving.knative.dev")
KNATIVE_RESOURCES = (
    "metrics",
    "podautoscalers",
    "certificates",
    "ingresses",
    "serverlessservices",
    "configurations",
    "revisions",
    "routes",
    "services",
)
MAPPINGS = ("domainmappings", "domainmappings/status")
COMPONENTS = ["autoscaler", "controller", "logging", "networking", "observability", "tracing"]
NO_AUTHORITY = "Cg=="  # what KServe's manifest has until cert-manager fills it in; nobody connects


def configurations(stack: Stack) -> Iterator[tuple[Resource, Obj]]:
    for each in files.for_stack(files.read("webhooks.yaml"), stack):
        resource = MUTATING_WEBHOOKS if each["kind"].startswith("Mutating") else VALIDATING_WEBHOOKS
        if "knative" in each:
            yield resource, _knative(resource, each["knative"], stack)
        elif "kserve" in each:
            yield resource, _validator(each["kserve"], each["version"])
        else:
            webhooks = [_kserve(webhook, stack) for webhook in each["webhooks"]]
            yield resource, {"metadata": {"name": each["name"]}, "webhooks": webhooks}


def _validator(kind: str, version: str) -> Obj:
    webhook = {
        "name": f"{kind}.kserve-webhook-server.validator",
        "path": f"/validate-serving-kserve-io-{version}-{kind}",
        "group": "serving.kserve.io",
        "version": version,
        "resources": [f"{kind}s"],
    }
    return {"metadata": {"name": f"{kind}.serving.kserve.io"}, "webhooks": [_kserve(webhook, None)]}


def _kserve(webhook: Obj, stack: Stack | None) -> Obj:
    pods = "selects" in webhook
    once = pods and stack is not None and stack.reports_mode  # KServe 0.12: pods are mutated on CREATE only
    rule = {
        "apiGroups": [webhook["group"]],
        "apiVersions": [webhook["version"]],
        "operations": ["CREATE"] if once else ["CREATE", "UPDATE"],
        "resources": webhook["resources"],
        "scope": "*",
    }
    service = {"name": "kserve-webhook-server-service", "namespace": "kserve", "path": webhook["path"], "port": 443}
    made: Obj = {
        "name": webhook["name"],
        "clientConfig": {"caBundle": NO_AUTHORITY, "service": service},
        "rules": [rule],
        "failurePolicy": "Fail",
        "matchPolicy": "Equivalent",
        "sideEffects": "None",
        "timeoutSeconds": 10,
        "admissionReviewVersions": ["v1beta1"],
    }
    if pods:
        made["objectSelector"] = {"matchExpressions": [{"key": webhook["selects"], "operator": "Exists"}]}
        made["reinvocationPolicy"] = "IfNeeded" if once else "Never"
    if pods and not once:
        made["namespaceSelector"] = {"matchExpressions": [{"key": "control-plane", "operator": "DoesNotExist"}]}
    return made


def _knative(resource: Resource, name: str, stack: Stack) -> Obj:
    mapping, config = "domainmapping" in name, name.startswith("config.")
    service = "domainmapping-webhook" if mapping else "webhook"
    # Knative 1.21 has one webhook for DomainMappings and everything else.
    others = () if stack.autoscaling_annotations_on_pods else MAPPINGS
    webhook: Obj = {
        "name": name,
        "clientConfig": {"service": {"name": service, "namespace": "knative-serving", "port": 443}},
        "failurePolicy": "Fail",
        "matchPolicy": "Equivalent",
        "sideEffects": "None",
        "timeoutSeconds": 10,
        "admissionReviewVersions": ["v1", "v1beta1"],
    }
    if config:
        webhook["objectSelector"] = {
            "matchExpressions": [
                {"key": "app.kubernetes.io/name", "operator": "In", "values": ["knative-serving"]},
                {"key": "app.kubernetes.io/component", "operator": "In", "values": COMPONENTS},
            ]
        }
    else:
        operations = ["CREATE", "UPDATE"] + (["DELETE"] if resource is VALIDATING_WEBHOOKS else [])
        webhook["rules"] = [
            {
                "apiGroups": ["serving.knative.dev"] if mapping else list(KNATIVE_GROUPS),
                "apiVersions": ["*"],
                "operations": operations,
                "resources": list(MAPPINGS if mapping else (*KNATIVE_RESOURCES, *others)),
                "scope": "*",
            }
        ]
    labels = {
        "app.kubernetes.io/component": "webhook",
        "app.kubernetes.io/name": "knative-serving",
        "app.kubernetes.io/version": stack.knative,
    }
    return {"metadata": {"name": name, "labels": labels}, "webhooks": [webhook]}
