"""The kinds the suites look at, under the names the field uses."""

from __future__ import annotations

from kserve_conformance.kube.client import Kind

NAMESPACE = Kind("", "v1", "namespaces", "Namespace")
NODE = Kind("", "v1", "nodes", "Node")
CONFIG_MAP = Kind("", "v1", "configmaps", "ConfigMap")
SECRET = Kind("", "v1", "secrets", "Secret")
VOLUME_CLAIM = Kind("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim")
STORAGE_CLASS = Kind("storage.k8s.io", "v1", "storageclasses", "StorageClass")
SERVICE_ACCOUNT = Kind("", "v1", "serviceaccounts", "ServiceAccount")
SERVICE = Kind("", "v1", "services", "Service")
POD = Kind("", "v1", "pods", "Pod")
EVENT = Kind("", "v1", "events", "Event")
ENDPOINT_SLICE = Kind("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice")
DEPLOYMENT = Kind("apps", "v1", "deployments", "Deployment")
REPLICA_SET = Kind("apps", "v1", "replicasets", "ReplicaSet")
HORIZONTAL_POD_AUTOSCALER = Kind("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler")
INGRESS = Kind("networking.k8s.io", "v1", "ingresses", "Ingress")
INGRESS_CLASS = Kind("networking.k8s.io", "v1", "ingressclasses", "IngressClass")

INFERENCE_SERVICE = Kind("serving.kserve.io", "v1beta1", "inferenceservices", "InferenceService")
CLUSTER_SERVING_RUNTIME = Kind("serving.kserve.io", "v1alpha1", "clusterservingruntimes", "ClusterServingRuntime")
CLUSTER_STORAGE_CONTAINER = Kind("serving.kserve.io", "v1alpha1", "clusterstoragecontainers", "ClusterStorageContainer")
SERVING_RUNTIME = Kind("serving.kserve.io", "v1alpha1", "servingruntimes", "ServingRuntime")
INFERENCE_GRAPH = Kind("serving.kserve.io", "v1alpha1", "inferencegraphs", "InferenceGraph")

KNATIVE_SERVICE = Kind("serving.knative.dev", "v1", "services", "Service")
CONFIGURATION = Kind("serving.knative.dev", "v1", "configurations", "Configuration")
REVISION = Kind("serving.knative.dev", "v1", "revisions", "Revision")
ROUTE = Kind("serving.knative.dev", "v1", "routes", "Route")
POD_AUTOSCALER = Kind("autoscaling.internal.knative.dev", "v1alpha1", "podautoscalers", "PodAutoscaler")
SERVERLESS_SERVICE = Kind("networking.internal.knative.dev", "v1alpha1", "serverlessservices", "ServerlessService")
KNATIVE_INGRESS = Kind("networking.internal.knative.dev", "v1alpha1", "ingresses", "Ingress")

VIRTUAL_SERVICE = Kind("networking.istio.io", "v1beta1", "virtualservices", "VirtualService")
HTTP_ROUTE = Kind("gateway.networking.k8s.io", "v1", "httproutes", "HTTPRoute")

MUTATING_WEBHOOKS = Kind(
    "admissionregistration.k8s.io", "v1", "mutatingwebhookconfigurations", "MutatingWebhookConfiguration"
)
ACCESS_REVIEW = Kind("authorization.k8s.io", "v1", "selfsubjectaccessreviews", "SelfSubjectAccessReview")

# What KServe and Knative make for one InferenceService, on Knative or in Standard mode (names.go of both); events and
# endpoints, which Kubernetes keeps for a while of its own accord, are not among them.
MADE_FOR_A_SERVICE = (
    KNATIVE_SERVICE,
    CONFIGURATION,
    REVISION,
    ROUTE,
    POD_AUTOSCALER,
    SERVERLESS_SERVICE,
    KNATIVE_INGRESS,
    VIRTUAL_SERVICE,
    HTTP_ROUTE,
    INGRESS,
    HORIZONTAL_POD_AUTOSCALER,
    DEPLOYMENT,
    REPLICA_SET,
    POD,
    SERVICE,
)
