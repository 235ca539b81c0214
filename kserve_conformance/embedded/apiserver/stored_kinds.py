"""Built-in kinds that nobody here acts on: stored, validated, shown and read back, as manifests of a stack need them.

Names, scopes and columns are those of kubernetes pkg/registry and pkg/printers/internalversion. A kind that a
controller of this platform acts on is named in `resources`, and so are two of these. The administrator of a fresh
cluster may do everything, so roles and bindings have no effect either.
"""

from __future__ import annotations

from kserve_conformance.embedded.apiserver.kinds import Column, Resource

AGE = Column("Age", ".metadata.creationTimestamp", "date")
SCALED = ("status", "scale")

POD_TEMPLATES = Resource("", "v1", "PodTemplate", "podtemplates", subresources=())
LIMIT_RANGES = Resource(
    "",
    "v1",
    "LimitRange",
    "limitranges",
    short_names=("limits",),
    subresources=(),
    columns=(Column("Created At", ".metadata.creationTimestamp"),),
)
RESOURCE_QUOTAS = Resource("", "v1", "ResourceQuota", "resourcequotas", short_names=("quota",))
REPLICATION_CONTROLLERS = Resource(
    "",
    "v1",
    "ReplicationController",
    "replicationcontrollers",
    short_names=("rc",),
    categories=("all",),
    subresources=SCALED,
)
VOLUME_CLAIMS = Resource("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", short_names=("pvc",))
VOLUMES = Resource("", "v1", "PersistentVolume", "persistentvolumes", namespaced=False, short_names=("pv",))
STATEFUL_SETS = Resource(
    "apps",
    "v1",
    "StatefulSet",
    "statefulsets",
    short_names=("sts",),
    categories=("all",),
    subresources=SCALED,
)
DAEMON_SETS = Resource("apps", "v1", "DaemonSet", "daemonsets", short_names=("ds",), categories=("all",))
CONTROLLER_REVISIONS = Resource(
    "apps",
    "v1",
    "ControllerRevision",
    "controllerrevisions",
    subresources=(),
    columns=(
        Column("Controller", ".metadata.ownerReferences[*].name"),
        Column("Revision", ".revision"),
        AGE,
    ),
)
JOBS = Resource("batch", "v1", "Job", "jobs", categories=("all",))
CRON_JOBS = Resource("batch", "v1", "CronJob", "cronjobs", short_names=("cj",), categories=("all",))
DISRUPTION_BUDGETS = Resource("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets", short_names=("pdb",))
NETWORK_POLICIES = Resource(
    "networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies", short_names=("netpol",), subresources=()
)
INGRESS_CLASSES = Resource(
    "networking.k8s.io",
    "v1",
    "IngressClass",
    "ingressclasses",
    namespaced=False,
    subresources=(),
)
STORAGE_CLASSES = Resource(
    "storage.k8s.io", "v1", "StorageClass", "storageclasses", namespaced=False, short_names=("sc",), subresources=()
)
CSI_DRIVERS = Resource(
    "storage.k8s.io",
    "v1",
    "CSIDriver",
    "csidrivers",
    namespaced=False,
    subresources=(),
    columns=(
        Column("AttachRequired", ".spec.attachRequired", "boolean"),
        Column("PodInfoOnMount", ".spec.podInfoOnMount", "boolean"),
        Column("StorageCapacity", ".spec.storageCapacity", "boolean"),
        AGE,
    ),
)
PRIORITY_CLASSES = Resource(
    "scheduling.k8s.io",
    "v1",
    "PriorityClass",
    "priorityclasses",
    namespaced=False,
    short_names=("pc",),
    subresources=(),
)
RUNTIME_CLASSES = Resource(
    "node.k8s.io",
    "v1",
    "RuntimeClass",
    "runtimeclasses",
    namespaced=False,
    subresources=(),
    columns=(Column("Handler", ".handler"), AGE),
)
ROLES = Resource(
    "rbac.authorization.k8s.io",
    "v1",
    "Role",
    "roles",
    subresources=(),
    columns=(Column("Created At", ".metadata.creationTimestamp"),),
)
CLUSTER_ROLES = Resource(
    "rbac.authorization.k8s.io",
    "v1",
    "ClusterRole",
    "clusterroles",
    namespaced=False,
    subresources=(),
    columns=(Column("Created At", ".metadata.creationTimestamp"),),
)
ROLE_BINDINGS = Resource("rbac.authorization.k8s.io", "v1", "RoleBinding", "rolebindings", subresources=())
CLUSTER_ROLE_BINDINGS = Resource(
    "rbac.authorization.k8s.io", "v1", "ClusterRoleBinding", "clusterrolebindings", namespaced=False, subresources=()
)
API_SERVICES = Resource(
    "apiregistration.k8s.io",
    "v1",
    "APIService",
    "apiservices",
    namespaced=False,
    categories=("api-extensions",),
)
MUTATING_WEBHOOKS = Resource(
    "admissionregistration.k8s.io",
    "v1",
    "MutatingWebhookConfiguration",
    "mutatingwebhookconfigurations",
    namespaced=False,
    categories=("api-extensions",),
    subresources=(),
)
VALIDATING_WEBHOOKS = Resource(
    "admissionregistration.k8s.io",
    "v1",
    "ValidatingWebhookConfiguration",
    "validatingwebhookconfigurations",
    namespaced=False,
    categories=("api-extensions",),
    subresources=(),
)
STORED = (
    POD_TEMPLATES,
    LIMIT_RANGES,
    RESOURCE_QUOTAS,
    REPLICATION_CONTROLLERS,
    VOLUME_CLAIMS,
    VOLUMES,
    STATEFUL_SETS,
    DAEMON_SETS,
    CONTROLLER_REVISIONS,
    JOBS,
    CRON_JOBS,
    DISRUPTION_BUDGETS,
    NETWORK_POLICIES,
    INGRESS_CLASSES,
    STORAGE_CLASSES,
    CSI_DRIVERS,
    PRIORITY_CLASSES,
    RUNTIME_CLASSES,
    ROLES,
    CLUSTER_ROLES,
    ROLE_BINDINGS,
    CLUSTER_ROLE_BINDINGS,
    API_SERVICES,
    MUTATING_WEBHOOKS,
    VALIDATING_WEBHOOKS,
)
