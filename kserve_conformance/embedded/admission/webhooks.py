"""Which webhook answers for which kind, and what the API server says when nobody is there to answer.

Registrations: kserve config/webhook/manifests.yaml, serving config/core/webhooks; failurePolicy is Fail in all of them.
Message: kubernetes apiserver pkg/admission/plugin/webhook/errors/statuserror.go.
"""

from __future__ import annotations

from dataclasses import dataclass

from kserve_conformance.embedded.apiserver.resources import (
    CLUSTER_SERVING_RUNTIMES,
    CONFIG_MAPS,
    CONFIGURATIONS,
    INFERENCE_SERVICES,
    INGRESSES,
    KNATIVE_SERVICES,
    METRICS,
    POD_AUTOSCALERS,
    PODS,
    REVISIONS,
    ROUTES,
    SERVERLESS_SERVICES,
    SERVING_RUNTIMES,
    Resource,
)
from kserve_conformance.embedded.components import KSERVE, WEBHOOK, Components
from kserve_conformance.embedded.errors import ApiError
from kserve_conformance.embedded.faults import Faults
from kserve_conformance.embedded.objects import Key, Obj, labels_of
from kserve_conformance.embedded.stacks import Stack


@dataclass(frozen=True)
class Registration:
    """`component` is the Deployment behind its Service."""

    name: str
    component: Key
    service: str
    path: str


DEFAULTER = Registration(
    "inferenceservice.kserve-webhook-server.defaulter",
    KSERVE,
    "kserve-webhook-server-service",
    "/mutate-serving-kserve-io-v1beta1-inferenceservice",
)
POD_MUTATOR = Registration(
    "inferenceservice.kserve-webhook-server.pod-mutator", KSERVE, "kserve-webhook-server-service", "/mutate-pods"
)
RUNTIME = Registration(
    "servingruntime.kserve-webhook-server.validator",
    KSERVE,
    "kserve-webhook-server-service",
    "/validate-serving-kserve-io-v1alpha1-servingruntime",
)
CLUSTER_RUNTIME = Registration(
    "clusterservingruntime.kserve-webhook-server.validator",
    KSERVE,
    "kserve-webhook-server-service",
    "/validate-serving-kserve-io-v1alpha1-clusterservingruntime",
)
KNATIVE = Registration("webhook.serving.knative.dev", WEBHOOK, "webhook", "/defaulting")
KNATIVE_CONFIG = Registration("config.webhook.serving.knative.dev", WEBHOOK, "webhook", "/config-validation")
KNATIVE_KINDS = (
    KNATIVE_SERVICES,
    CONFIGURATIONS,
    ROUTES,
    REVISIONS,
    POD_AUTOSCALERS,
    METRICS,
    SERVERLESS_SERVICES,
    INGRESSES,
)


class Webhooks:
    """Raises ApiError 500 for an object whose webhook has no pod."""

    def __init__(self, components: Components, stack: Stack, faults: Faults) -> None:
        self._components = components
        self._faults = faults
        self._first: dict[str, str] = {}  # Knative's pod that a namespace was first looked at by
        self._runtimes = stack.runtime_priority

    def check(self, resource: Resource, obj: Obj, old: Obj | None) -> None:
        found = self._for(resource, obj, old)
        if found is not None and not self._components.is_up(found.component):
            raise _unreachable(found)
        if found is KNATIVE and self._is_new(obj["metadata"]["namespace"]):
            raise untrusted(found)

    def _is_new(self, namespace: str) -> bool:
        """F395: Knative's webhook has another pod, and the API server does not trust that one's certificate."""
        pod = self._components.leader(WEBHOOK)
        first = self._first.setdefault(namespace, pod)
        return first != pod and self._faults.fires("new-webhook-untrusted", namespace)

    def _for(self, resource: Resource, obj: Obj, old: Obj | None) -> Registration | None:
        if resource in KNATIVE_KINDS:
            return KNATIVE
        if resource is INFERENCE_SERVICES:
            return DEFAULTER
        if resource is PODS and old is None and "serving.kserve.io/inferenceservice" in labels_of(obj):
            return POD_MUTATOR
        if resource is CONFIG_MAPS and "app.kubernetes.io/component" in labels_of(obj):
            return KNATIVE_CONFIG if obj["metadata"].get("namespace") == WEBHOOK.namespace else None
        if self._runtimes and resource is SERVING_RUNTIMES:
            return RUNTIME
        return CLUSTER_RUNTIME if self._runtimes and resource is CLUSTER_SERVING_RUNTIMES else None


def untrusted(webhook: Registration) -> ApiError:
    return _not_called(webhook, "tls: failed to verify certificate: x509: certificate signed by unknown authority")


def _unreachable(webhook: Registration) -> ApiError:
    return _not_called(webhook, f'no endpoints available for service "{webhook.service}"')


def _not_called(webhook: Registration, why: str) -> ApiError:
    host = f"{webhook.service}.{webhook.component.namespace}.svc"
    message = (
        f'Internal error occurred: failed calling webhook "{webhook.name}": failed to call webhook: '
        f'Post "https://{host}:443{webhook.path}?timeout=10s": {why}'
    )
    return ApiError(500, "InternalError", message)
