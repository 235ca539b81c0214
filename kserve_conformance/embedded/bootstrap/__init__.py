"""What a freshly installed cluster of one stack has, before anybody uses it."""

from __future__ import annotations

from kserve_conformance.embedded.apiserver.resources import (
    CLUSTER_SERVING_RUNTIMES,
    CONFIG_MAPS,
    CRDS,
    DEPLOYMENTS,
    NAMESPACES,
    NODES,
    SERVICE_ACCOUNTS,
    SERVICES,
    Resource,
)
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.apiserver.stored_kinds import INGRESS_CLASSES
from kserve_conformance.embedded.bootstrap import configuration, definitions, runtimes, webhooks, workloads
from kserve_conformance.embedded.objects import Obj
from kserve_conformance.embedded.settings import Settings
from kserve_conformance.embedded.stacks import Stack

SYSTEM_NAMESPACES = (
    "default",
    "kube-system",
    "kube-public",
    "kube-node-lease",
    "istio-system",
    "knative-serving",
    "cert-manager",
    "kserve",
)


def create(store: Store, settings: Settings, stack: Stack) -> None:
    """Fills an empty store that has its admission. Deployments get their pods from the controllers, as any do."""
    for name in SYSTEM_NAMESPACES:
        _create(store, NAMESPACES, {"metadata": {"name": name}})
        _create(store, SERVICE_ACCOUNTS, {"metadata": {"name": "default", "namespace": name}})
    for crd in definitions.crds(store.registry, stack):
        _create(store, CRDS, crd)
    _create(store, NODES, workloads.node(settings, stack))
    for config_map in configuration.config_maps(stack):
        _create(store, CONFIG_MAPS, config_map)
    for runtime in runtimes.cluster_serving_runtimes(stack):
        _create(store, CLUSTER_SERVING_RUNTIMES, runtime)
    for resource, inventory in webhooks.configurations(stack):
        _create(store, resource, inventory)
    _create(store, INGRESS_CLASSES, workloads.ingress_class())
    for service in workloads.services(settings):
        _create(store, SERVICES, service)
    for deployment in workloads.deployments(stack):
        _create(store, DEPLOYMENTS, deployment)


def _create(store: Store, resource: Resource, obj: Obj) -> None:
    created = store.create(resource, obj)
    if "status" in obj and "status" not in created:
        created["status"] = obj["status"]
        store.update(resource, created, subresource="status")
