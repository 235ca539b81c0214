"""Which kinds the embedded API server serves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """One printer column: a kubectl heading and the JSONPath of its cell (wide columns have priority 1)."""

    name: str
    path: str
    type: str = "string"
    priority: int = 0


@dataclass(frozen=True)
class Resource:
    """One served resource: where it lives, what it is called, how it is printed."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool = True
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    subresources: tuple[str, ...] = ("status",)

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def singular(self) -> str:
        return self.kind.lower()

    def __str__(self) -> str:
        return f"{self.plural}.{self.group}" if self.group else self.plural


NAMESPACES = Resource("", "v1", "Namespace", "namespaces", namespaced=False, short_names=("ns",))
CONFIG_MAPS = Resource("", "v1", "ConfigMap", "configmaps", short_names=("cm",), subresources=())
SECRETS = Resource("", "v1", "Secret", "secrets", subresources=())
SERVICE_ACCOUNTS = Resource("", "v1", "ServiceAccount", "serviceaccounts", short_names=("sa",), subresources=())
SERVICES = Resource("", "v1", "Service", "services", short_names=("svc",), categories=("all",))
ENDPOINTS = Resource("", "v1", "Endpoints", "endpoints", short_names=("ep",), subresources=())
EVENTS = Resource("", "v1", "Event", "events", short_names=("ev",), subresources=())
PODS = Resource("", "v1", "Pod", "pods", short_names=("po",), categories=("all",), subresources=("status", "log"))
NODES = Resource("", "v1", "Node", "nodes", namespaced=False, short_names=("no",))
DEPLOYMENTS = Resource(
    "apps",
    "v1",
    "Deployment",
    "deployments",
    short_names=("deploy",),
    categories=("all",),
    subresources=("status", "scale"),
)
REPLICA_SETS = Resource(
    "apps",
    "v1",
    "ReplicaSet",
    "replicasets",
    short_names=("rs",),
    categories=("all",),
    subresources=("status", "scale"),
)
CRDS = Resource(
    "apiextensions.k8s.io",
    "v1",
    "CustomResourceDefinition",
    "customresourcedefinitions",
    namespaced=False,
    short_names=("crd", "crds"),
)
KNATIVE_SERVICES = Resource(
    "serving.knative.dev",
    "v1",
    "Service",
    "services",
    short_names=("kservice", "ksvc"),
    categories=("all", "knative", "serving"),
)
CONFIGURATIONS = Resource(
    "serving.knative.dev",
    "v1",
    "Configuration",
    "configurations",
    short_names=("config", "cfg"),
    categories=("all", "knative", "serving"),
)
REVISIONS = Resource(
    "serving.knative.dev",
    "v1",
    "Revision",
    "revisions",
    short_names=("rev",),
    categories=("all", "knative", "serving"),
)
ROUTES = Resource(
    "serving.knative.dev",
    "v1",
    "Route",
    "routes",
    short_names=("rt",),
    categories=("all", "knative", "serving"),
)
POD_AUTOSCALERS = Resource(
    "autoscaling.internal.knative.dev",
    "v1alpha1",
    "PodAutoscaler",
    "podautoscalers",
    short_names=("kpa", "pa"),
    categories=("knative-internal", "autoscaling"),
)
SERVERLESS_SERVICES = Resource(
    "networking.internal.knative.dev",
    "v1alpha1",
    "ServerlessService",
    "serverlessservices",
    short_names=("sks",),
    categories=("knative-internal", "networking"),
)
INGRESSES = Resource(
    "networking.internal.knative.dev",
    "v1alpha1",
    "Ingress",
    "ingresses",
    short_names=("kingress", "king"),
    categories=("knative-internal", "networking"),
)
VIRTUAL_SERVICES = Resource("networking.istio.io", "v1beta1", "VirtualService", "virtualservices", short_names=("vs",))
INFERENCE_SERVICES = Resource(
    "serving.kserve.io",
    "v1beta1",
    "InferenceService",
    "inferenceservices",
    short_names=("isvc",),
    categories=("all",),
)
SERVING_RUNTIMES = Resource("serving.kserve.io", "v1alpha1", "ServingRuntime", "servingruntimes")
CLUSTER_SERVING_RUNTIMES = Resource(
    "serving.kserve.io", "v1alpha1", "ClusterServingRuntime", "clusterservingruntimes", namespaced=False
)

BUILT_IN = (
    NAMESPACES,
    CONFIG_MAPS,
    SECRETS,
    SERVICE_ACCOUNTS,
    SERVICES,
    ENDPOINTS,
    EVENTS,
    PODS,
    NODES,
    DEPLOYMENTS,
    REPLICA_SETS,
    CRDS,
)
PLATFORM = (
    KNATIVE_SERVICES,
    CONFIGURATIONS,
    REVISIONS,
    ROUTES,
    POD_AUTOSCALERS,
    SERVERLESS_SERVICES,
    INGRESSES,
    VIRTUAL_SERVICES,
    INFERENCE_SERVICES,
    SERVING_RUNTIMES,
    CLUSTER_SERVING_RUNTIMES,
)


class Registry:
    """The resources served now; CustomResourceDefinitions add to it and take from it."""

    def __init__(self, resources: Iterable[Resource] = (*BUILT_IN, *PLATFORM)) -> None:
        self._by_path = {(each.group, each.version, each.plural): each for each in resources}

    def __iter__(self) -> Iterator[Resource]:
        return iter(self._by_path.values())

    def find(self, group: str, version: str, plural: str) -> Resource | None:
        return self._by_path.get((group, version, plural))

    def by_kind(self, api_version: str, kind: str) -> Resource | None:
        return next((each for each in self if (each.api_version, each.kind) == (api_version, kind)), None)

    def add(self, resource: Resource) -> None:
        self._by_path[(resource.group, resource.version, resource.plural)] = resource

    def remove(self, resource: Resource) -> None:
        self._by_path.pop((resource.group, resource.version, resource.plural), None)
