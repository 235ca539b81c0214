"""Which kinds the embedded API server serves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kserve_conformance.embedded.apiserver.kinds import Column as Column
from kserve_conformance.embedded.apiserver.kinds import Resource as Resource
from kserve_conformance.embedded.apiserver.stored_kinds import AGE as AGE
from kserve_conformance.embedded.apiserver.stored_kinds import STORED

HORIZONTAL_POD_AUTOSCALERS = Resource(
    "autoscaling",
    "v2",
    "HorizontalPodAutoscaler",
    "horizontalpodautoscalers",
    short_names=("hpa",),
    categories=("all",),
)
KUBE_INGRESSES = Resource("networking.k8s.io", "v1", "Ingress", "ingresses", short_names=("ing",))
URL = Column("URL", ".status.url")
READY = Column("Ready", ".status.conditions[?(@.type=='Ready')].status")
REASON = Column("Reason", ".status.conditions[?(@.type=='Ready')].reason")
CREATED = Column("LatestCreated", ".status.latestCreatedRevisionName")
LATEST = Column("LatestReady", ".status.latestReadyRevisionName")
PREVIOUS_TARGET = ".status.components.predictor.traffic[?(@.tag=='prev')]"
LATEST_TARGET = ".status.components.predictor.traffic[?(@.latestRevision==true)]"

NAMESPACES = Resource(
    "",
    "v1",
    "Namespace",
    "namespaces",
    namespaced=False,
    short_names=("ns",),
    subresources=("status", "finalize"),
)
CONFIG_MAPS = Resource("", "v1", "ConfigMap", "configmaps", short_names=("cm",), subresources=())
SECRETS = Resource("", "v1", "Secret", "secrets", subresources=())
SERVICE_ACCOUNTS = Resource("", "v1", "ServiceAccount", "serviceaccounts", short_names=("sa",), subresources=())
SERVICES = Resource(
    "",
    "v1",
    "Service",
    "services",
    short_names=("svc",),
    categories=("all",),
    subresources=("status", "proxy"),
)
ENDPOINTS = Resource("", "v1", "Endpoints", "endpoints", short_names=("ep",), subresources=())
EVENTS = Resource("", "v1", "Event", "events", short_names=("ev",), subresources=())
PODS = Resource(
    "",
    "v1",
    "Pod",
    "pods",
    short_names=("po",),
    categories=("all",),
    subresources=("status", "log", "eviction", "attach", "exec", "portforward", "proxy"),
)
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
ENDPOINT_SLICES = Resource("discovery.k8s.io", "v1", "EndpointSlice", "endpointslices", subresources=())
LEASES = Resource("coordination.k8s.io", "v1", "Lease", "leases", subresources=())
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
    columns=(URL, CREATED, LATEST, READY, REASON),
)
CONFIGURATIONS = Resource(
    "serving.knative.dev",
    "v1",
    "Configuration",
    "configurations",
    short_names=("config", "cfg"),
    categories=("all", "knative", "serving"),
    columns=(CREATED, LATEST, READY, REASON),
)
REVISIONS = Resource(
    "serving.knative.dev",
    "v1",
    "Revision",
    "revisions",
    short_names=("rev",),
    categories=("all", "knative", "serving"),
    columns=(
        Column("Config Name", ".metadata.labels['serving.knative.dev/configuration']"),
        Column("Generation", ".metadata.labels['serving.knative.dev/configurationGeneration']"),
        READY,
        REASON,
        Column("Actual Replicas", ".status.actualReplicas", "integer"),
        Column("Desired Replicas", ".status.desiredReplicas", "integer"),
    ),
)
ROUTES = Resource(
    "serving.knative.dev",
    "v1",
    "Route",
    "routes",
    short_names=("rt",),
    categories=("all", "knative", "serving"),
    columns=(URL, READY, REASON),
)
DOMAIN_MAPPINGS = Resource(
    "serving.knative.dev",
    "v1beta1",
    "DomainMapping",
    "domainmappings",
    short_names=("dm",),
    categories=("all", "knative", "serving"),
    columns=(URL, READY, REASON),
)
CLUSTER_DOMAIN_CLAIMS = Resource(
    "networking.internal.knative.dev",
    "v1alpha1",
    "ClusterDomainClaim",
    "clusterdomainclaims",
    namespaced=False,
    short_names=("cdc",),
    categories=("knative-internal", "networking"),
)
POD_AUTOSCALERS = Resource(
    "autoscaling.internal.knative.dev",
    "v1alpha1",
    "PodAutoscaler",
    "podautoscalers",
    short_names=("kpa", "pa"),
    categories=("knative-internal", "autoscaling"),
    columns=(
        Column("DesiredScale", ".status.desiredScale", "integer"),
        Column("ActualScale", ".status.actualScale", "integer"),
        READY,
        REASON,
    ),
)
METRICS = Resource(
    "autoscaling.internal.knative.dev",
    "v1alpha1",
    "Metric",
    "metrics",
    categories=("knative-internal", "autoscaling"),
    columns=(READY, REASON),
)
SERVERLESS_SERVICES = Resource(
    "networking.internal.knative.dev",
    "v1alpha1",
    "ServerlessService",
    "serverlessservices",
    short_names=("sks",),
    categories=("knative-internal", "networking"),
    columns=(
        Column("Mode", ".spec.mode"),
        Column("Activators", ".spec.numActivators", "integer"),
        Column("ServiceName", ".status.serviceName"),
        Column("PrivateServiceName", ".status.privateServiceName"),
        READY,
        REASON,
    ),
)
INGRESSES = Resource(
    "networking.internal.knative.dev",
    "v1alpha1",
    "Ingress",
    "ingresses",
    short_names=("kingress", "king"),
    categories=("knative-internal", "networking"),
    columns=(READY, REASON),
)
VIRTUAL_SERVICES = Resource(
    "networking.istio.io",
    "v1beta1",
    "VirtualService",
    "virtualservices",
    short_names=("vs",),
    columns=(Column("Gateways", ".spec.gateways"), Column("Hosts", ".spec.hosts"), AGE),
)
INFERENCE_SERVICES = Resource(
    "serving.kserve.io",
    "v1beta1",
    "InferenceService",
    "inferenceservices",
    short_names=("isvc",),
    columns=(
        URL,
        READY,
        Column("Prev", f"{PREVIOUS_TARGET}.percent", "integer"),
        Column("Latest", f"{LATEST_TARGET}.percent", "integer"),
        Column("PrevRolledoutRevision", f"{PREVIOUS_TARGET}.revisionName"),
        Column("LatestReadyRevision", f"{LATEST_TARGET}.revisionName"),
        AGE,
    ),
)
INFERENCE_GRAPHS = Resource(
    "serving.kserve.io",
    "v1alpha1",
    "InferenceGraph",
    "inferencegraphs",
    short_names=("ig",),
    columns=(URL, READY, AGE),
)
SERVING_RUNTIMES = Resource(
    "serving.kserve.io",
    "v1alpha1",
    "ServingRuntime",
    "servingruntimes",
    columns=(
        Column("Disabled", ".spec.disabled", "boolean"),
        Column("ModelType", ".spec.supportedModelFormats[*].name"),
        Column("Containers", ".spec.containers[*].name"),
        AGE,
    ),
)
CLUSTER_SERVING_RUNTIMES = Resource(
    "serving.kserve.io",
    "v1alpha1",
    "ClusterServingRuntime",
    "clusterservingruntimes",
    namespaced=False,
    columns=(
        Column("Disabled", ".spec.disabled", "boolean"),
        Column("ModelType", ".spec.supportedModelFormats[*].name"),
        Column("Containers", ".spec.containers[*].name"),
        AGE,
    ),
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
    ENDPOINT_SLICES,
    LEASES,
    CRDS,
    HORIZONTAL_POD_AUTOSCALERS,
    KUBE_INGRESSES,
    *STORED,
)
PLATFORM = (
    KNATIVE_SERVICES,
    CONFIGURATIONS,
    REVISIONS,
    ROUTES,
    DOMAIN_MAPPINGS,
    CLUSTER_DOMAIN_CLAIMS,
    POD_AUTOSCALERS,
    METRICS,
    SERVERLESS_SERVICES,
    INGRESSES,
    VIRTUAL_SERVICES,
    INFERENCE_SERVICES,
    INFERENCE_GRAPHS,
    SERVING_RUNTIMES,
    CLUSTER_SERVING_RUNTIMES,
)


class Registry:
    """The resources served now; CustomResourceDefinitions add to it and take from it."""

    def __init__(self, resources: Iterable[Resource] = (*BUILT_IN, *PLATFORM)) -> None:
        self._by_path = {(each.group, each.version, each.plural): each for each in resources}
        self._stored_as: dict[Resource, Resource] = {}

    def __iter__(self) -> Iterator[Resource]:
        return iter(self._by_path.values())

    def find(self, group: str, version: str, plural: str) -> Resource | None:
        return self._by_path.get((group, version, plural))

    def storage(self, resource: Resource) -> Resource:
        """The version a resource's objects are stored in."""
        return self._stored_as.get(resource, resource)

    def add(self, resource: Resource, *, stored_as: Resource | None = None) -> None:
        self._by_path[(resource.group, resource.version, resource.plural)] = resource
        if stored_as is not None and stored_as != resource:
            self._stored_as[resource] = stored_as

    def remove(self, resource: Resource) -> None:
        self._by_path.pop((resource.group, resource.version, resource.plural), None)
        self._stored_as.pop(resource, None)
