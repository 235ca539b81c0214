"""DomainMapping to Ingress: a host of the user's own for what has an address (serving pkg/reconciler/domainmapping)."""

from __future__ import annotations

from collections.abc import Mapping

from kserve_conformance.embedded.apiserver.resources import (
    CLUSTER_DOMAIN_CLAIMS,
    DOMAIN_MAPPINGS,
    INFERENCE_SERVICES,
    INGRESSES,
    KNATIVE_SERVICES,
    ROUTES,
    Resource,
)
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.controllers import knative_config, names
from kserve_conformance.embedded.controllers.conditions import ready_from
from kserve_conformance.embedded.controllers.route_ingress import CLASS, LAST_APPLIED
from kserve_conformance.embedded.controllers.runtime import Mapper, ensure, write_status
from kserve_conformance.embedded.controllers.workloads import itself, owner_of_kind
from kserve_conformance.embedded.objects import (
    Key,
    Obj,
    annotations_of,
    is_terminating,
    is_true,
    key_of,
    labels_of,
    owner_reference,
    set_condition,
)
from kserve_conformance.embedded.stacks import Stack

FINALIZER = "domainmappings.serving.knative.dev"
DEPENDENTS = ("DomainClaimed", "ReferenceResolved", "IngressReady", "CertificateProvisioned")
TARGETS = {(each.api_version, each.kind): each for each in (KNATIVE_SERVICES, ROUTES, INFERENCE_SERVICES)}
LOOK_AGAIN = 1.0  # for a claim or an address that is not there yet: Knative retries with back-off


class UnresolvedError(Exception):
    """What is referred to has no address that could be mapped; the message says why."""


class DomainMappingReconciler:
    def __init__(self, store: Store, stack: Stack) -> None:
        self._store = store
        self._tls_message = stack.tls_message

    @property
    def sources(self) -> Mapping[Resource, Mapper]:
        return {
            DOMAIN_MAPPINGS: itself,
            INGRESSES: owner_of_kind("DomainMapping"),
            **dict.fromkeys(TARGETS.values(), self._of_target),
        }

    def reconcile(self, key: Key) -> float | None:
        mapping = self._store.find(DOMAIN_MAPPINGS, key.namespace, key.name)
        if mapping is None:
            return None
        if is_terminating(mapping):
            self._release(mapping)
            return None
        finalizers = mapping["metadata"].setdefault("finalizers", [])
        if FINALIZER not in finalizers:
            finalizers.append(FINALIZER)
            mapping = self._store.update(DOMAIN_MAPPINGS, mapping)
        status = mapping.setdefault("status", {})
        conditions = status.setdefault("conditions", [])
        url = f"{self._network().get('default-external-scheme', 'http')}://{key.name}"
        status["url"], status["address"] = url, {"url": url}
        if status.get("observedGeneration") != mapping["metadata"]["generation"]:
            _not_configured(conditions)
        done = self._claim(mapping, conditions) and self._map(mapping, conditions)
        ready_from(conditions, *DEPENDENTS)
        status["observedGeneration"] = mapping["metadata"]["generation"]
        write_status(self._store, DOMAIN_MAPPINGS, mapping)
        return None if done else LOOK_AGAIN

    def _network(self) -> dict[str, str]:
        return knative_config.read(self._store, "config-network")

    def _of_target(self, target: Obj) -> list[Key]:
        meta = target["metadata"]
        return [
            key_of(each)
            for each in self._store.look(DOMAIN_MAPPINGS, meta["namespace"])
            if each["spec"]["ref"]["name"] == meta["name"]
        ]

    def _claim(self, mapping: Obj, conditions: list[Obj]) -> bool:
        """A host belongs to one namespace of the cluster."""
        name, namespace = mapping["metadata"]["name"], mapping["metadata"]["namespace"]
        claim = self._store.find(CLUSTER_DOMAIN_CLAIMS, "", name)
        automatic = self._network().get("autocreate-cluster-domain-claims", "false").lower() == "true"
        if claim is None and automatic:
            fresh = {"metadata": {"name": name}, "spec": {"namespace": namespace}}
            claim = self._store.create(CLUSTER_DOMAIN_CLAIMS, fresh)
        if claim is None or claim["spec"].get("namespace") != namespace:
            message = "The domain name is already in use by another DomainMapping"
            set_condition(conditions, "DomainClaimed", "False", reason="DomainAlreadyClaimed", message=message)
            return False
        set_condition(conditions, "DomainClaimed", "True")
        return True

    def _map(self, mapping: Obj, conditions: list[Obj]) -> bool:
        set_condition(conditions, "CertificateProvisioned", "True", reason="TLSNotEnabled", message=self._tls_message)
        try:
            host = self._resolve(mapping)
        except UnresolvedError as error:
            set_condition(conditions, "ReferenceResolved", "False", reason="ResolveFailed", message=str(error))
            return False
        set_condition(conditions, "ReferenceResolved", "True")
        ingress = ensure(self._store, INGRESSES, _ingress(mapping, host), exact=True)
        if (ingress.get("status") or {}).get("observedGeneration") != ingress["metadata"]["generation"]:
            _not_configured(conditions)
        elif is_true(ingress, "Ready"):
            set_condition(conditions, "IngressReady", "True")
        return True

    def _resolve(self, mapping: Obj) -> str:
        """The host within the cluster. Raises UnresolvedError."""
        ref, namespace = mapping["spec"]["ref"], mapping["metadata"]["namespace"]
        resource = TARGETS[ref["apiVersion"], ref["kind"]]
        found = self._store.find(resource, namespace, ref["name"])
        if found is None:
            why = f'{resource.plural}.{resource.group} "{ref["name"]}" not found'
            raise UnresolvedError(f"failed to get object {namespace}/{ref['name']}: {why}")
        url = str(((found.get("status") or {}).get("address") or {}).get("url", ""))
        if not url:
            raise UnresolvedError(f"address not set for {ref['kind']} {namespace}/{ref['name']}")
        host, _, path = url.partition("://")[2].partition("/")
        if path:
            raise UnresolvedError(f'resolved URI "{url}" contains a path')
        suffix = f".{names.CLUSTER_DOMAIN}"
        parts = host.removesuffix(suffix).split(".")
        if not host.endswith(suffix) or len(parts) != 2:
            raise UnresolvedError(f'resolved URI "{url}" must be of the form {{name}}.{{namespace}}{suffix}')
        return host

    def _release(self, mapping: Obj) -> None:
        """The claim goes with it if claims are made automatically and this one is its namespace's."""
        meta = mapping["metadata"]
        claim = self._store.find(CLUSTER_DOMAIN_CLAIMS, "", meta["name"])
        automatic = self._network().get("autocreate-cluster-domain-claims", "false").lower() == "true"
        if automatic and claim is not None and claim["spec"].get("namespace") == meta["namespace"]:
            self._store.delete(CLUSTER_DOMAIN_CLAIMS, "", meta["name"])
        if FINALIZER in (meta.get("finalizers") or ()):
            meta["finalizers"].remove(FINALIZER)
            self._store.update(DOMAIN_MAPPINGS, mapping)


def _not_configured(conditions: list[Obj]) -> None:
    message = "Ingress has not yet been reconciled."
    set_condition(conditions, "IngressReady", "Unknown", reason="IngressNotConfigured", message=message)


def _ingress(mapping: Obj, host: str) -> Obj:
    meta = mapping["metadata"]
    split = {
        "appendHeaders": {"K-Original-Host": meta["name"]},
        "percent": 100,
        "serviceName": host.partition(".")[0],
        "serviceNamespace": meta["namespace"],
        "servicePort": 80,
    }
    copied = {name: text for name, text in annotations_of(mapping).items() if name != LAST_APPLIED}
    return {
        "metadata": {
            "name": meta["name"],
            "namespace": meta["namespace"],
            "labels": {
                **labels_of(mapping),
                names.SERVING + "domainMappingUID": meta["uid"],
                names.SERVING + "domainMappingNamespace": meta["namespace"],
            },
            "annotations": {"networking.knative.dev/ingress.class": CLASS, **copied},
            "ownerReferences": [owner_reference(mapping)],
        },
        "spec": {
            "httpOption": "Enabled",
            "rules": [
                {
                    "hosts": [meta["name"]],
                    "visibility": "ExternalIP",
                    "http": {"paths": [{"rewriteHost": host, "splits": [split]}]},
                }
            ],
        },
    }
