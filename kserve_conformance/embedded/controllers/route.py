"""Route to Ingress: who gets which share, under which hosts; traffic moves only to what is ready."""

from __future__ import annotations

from collections.abc import Mapping

from kserve_conformance.embedded.apiserver.resources import (
    CONFIG_MAPS,
    CONFIGURATIONS,
    INGRESSES,
    REVISIONS,
    ROUTES,
    SERVICES,
    Resource,
)
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.controllers import names
from kserve_conformance.embedded.controllers.knative_service import ready_from
from kserve_conformance.embedded.controllers.runtime import Mapper, ensure, write_status
from kserve_conformance.embedded.controllers.workloads import itself, owner_of_kind
from kserve_conformance.embedded.faults import Faults
from kserve_conformance.embedded.objects import (
    Key,
    Obj,
    condition,
    is_terminating,
    is_true,
    key_of,
    labels_of,
    owner_reference,
    set_condition,
)

TORN_DOWN_EARLY_BY = 1.0


class RouteReconciler:
    """serving pkg/reconciler/route: traffic configuration, Ingress, placeholder Service, routing state of revisions."""

    def __init__(self, store: Store, faults: Faults) -> None:
        self._store = store
        self._faults = faults

    @property
    def sources(self) -> Mapping[Resource, Mapper]:
        return {
            ROUTES: itself,
            CONFIGURATIONS: itself,
            INGRESSES: owner_of_kind("Route"),
            CONFIG_MAPS: self._every_route_for_domains,
        }

    def reconcile(self, key: Key) -> float | None:
        route = self._store.find(ROUTES, key.namespace, key.name)
        if route is None or is_terminating(route):
            return None
        status = route.setdefault("status", {})
        conditions = status.setdefault("conditions", [])
        status["observedGeneration"] = route["metadata"]["generation"]
        status["url"] = f"http://{self._host(route, '')}"
        status["address"] = {"url": f"http://{key.name}.{key.namespace}.{names.CLUSTER_DOMAIN}"}
        targets, problem = self._targets(route)
        if problem:
            set_condition(conditions, "AllTrafficAssigned", "Unknown", reason="RevisionMissing", message=problem)
            self._finish(route)
            return None
        leaving = self._leaving(route, targets)
        if leaving and self._faults.fires("old-revision-torn-down-early", key.namespace):
            for name in leaving:
                self._store.delete(REVISIONS, key.namespace, name)
            return TORN_DOWN_EARLY_BY
        status["traffic"] = [self._shown(route, each) for each in targets]
        set_condition(conditions, "AllTrafficAssigned", "True")
        set_condition(
            conditions,
            "CertificateProvisioned",
            "True",
            reason="TLSNotEnabled",
            message="external-domain-tls is not enabled",
        )
        ingress = ensure(self._store, INGRESSES, self._ingress(route, targets))
        self._placeholder(route)
        if (ingress.get("status") or {}).get("observedGeneration") == ingress["metadata"]["generation"] and is_true(
            ingress, "Ready"
        ):
            set_condition(conditions, "IngressReady", "True")
        else:
            set_condition(conditions, "IngressReady", "Unknown", reason="IngressNotConfigured")
        self._label_revisions(route, targets, settled=is_true({"status": status}, "IngressReady"))
        self._finish(route)
        return None

    def _every_route_for_domains(self, config_map: Obj) -> list[Key]:
        if key_of(config_map) != Key(names.SYSTEM, "config-domain"):
            return []
        return [key_of(each) for each in self._store.list(ROUTES)]

    def _finish(self, route: Obj) -> None:
        ready_from(route["status"]["conditions"], "AllTrafficAssigned", "CertificateProvisioned", "IngressReady")
        write_status(self._store, ROUTES, route)

    def _targets(self, route: Obj) -> tuple[list[Obj], str]:
        """The targets with their revisions' names, or why there are none yet (route/traffic/traffic.go)."""
        namespace = route["metadata"]["namespace"]
        resolved = []
        for target in route["spec"]["traffic"]:
            name = target.get("revisionName")
            if not name:
                configuration = self._store.find(CONFIGURATIONS, namespace, target["configurationName"])
                name = ((configuration or {}).get("status") or {}).get("latestReadyRevisionName")
                if not name:
                    return [], f'Configuration "{target["configurationName"]}" does not have any ready Revision.'
            revision = self._store.find(REVISIONS, namespace, name)
            if revision is None:
                return [], f'Revision "{name}" referenced in traffic not found.'
            if not is_true(revision, "Ready"):
                return [], f'Revision "{name}" is not yet ready.'
            resolved.append({**target, "revisionName": name})
        return resolved, ""

    def _leaving(self, route: Obj, targets: list[Obj]) -> list[str]:
        """Revisions that get requests now and will get none."""
        staying = {each["revisionName"] for each in targets if each.get("percent")}
        shown = (route["status"].get("traffic")) or []
        return sorted({each["revisionName"] for each in shown if each.get("percent")} - staying)

    def _host(self, route: Obj, tag: str) -> str:
        meta = route["metadata"]
        domain = names.CLUSTER_DOMAIN if names.is_local(route) else names.default_domain(self._store)
        return f"{tag + '-' if tag else ''}{meta['name']}.{meta['namespace']}.{domain}"

    def _shown(self, route: Obj, target: Obj) -> Obj:
        shown: Obj = {name: target[name] for name in ("revisionName", "percent", "tag") if name in target}
        shown["latestRevision"] = bool(target.get("latestRevision"))
        if target.get("tag"):
            shown["url"] = f"http://{self._host(route, target['tag'])}"
        return shown

    def _ingress(self, route: Obj, targets: list[Obj]) -> Obj:
        meta = route["metadata"]
        groups = [("", [each for each in targets if each.get("percent")])]
        groups += [(each["tag"], [{**each, "percent": 100}]) for each in targets if each.get("tag")]
        rules = []
        for tag, members in groups:
            name = f"{tag}-{meta['name']}" if tag else meta["name"]
            path = {"splits": [self._split(meta["namespace"], each) for each in _merged(members)]}
            rules.append(_rule(names.local_hosts(name, meta["namespace"]), "ClusterLocal", path))
            host = self._host(route, tag)
            if not host.endswith(names.CLUSTER_DOMAIN):
                rules.append(_rule([host], "ExternalIP", path))
        return {
            "metadata": {
                "name": meta["name"],
                "namespace": meta["namespace"],
                "labels": {**labels_of(route), names.ROUTE: meta["name"]},
                "annotations": {"networking.knative.dev/ingress.class": "istio.ingress.networking.knative.dev"},
                "ownerReferences": [owner_reference(route)],
            },
            "spec": {"httpOption": "Enabled", "rules": rules},
        }

    def _split(self, namespace: str, target: Obj) -> Obj:
        revision = target["revisionName"]
        return {
            "serviceName": revision,
            "serviceNamespace": namespace,
            "servicePort": 80,
            "percent": target["percent"],
            "appendHeaders": {"Knative-Serving-Namespace": namespace, "Knative-Serving-Revision": revision},
        }

    def _placeholder(self, route: Obj) -> None:
        meta = route["metadata"]
        service = {
            "metadata": {
                "name": meta["name"],
                "namespace": meta["namespace"],
                "labels": {**labels_of(route), names.ROUTE: meta["name"]},
                "ownerReferences": [owner_reference(route)],
            },
            "spec": {
                "type": "ExternalName",
                "externalName": f"knative-local-gateway.istio-system.{names.CLUSTER_DOMAIN}",
                "ports": [{"name": "http2", "port": 80, "protocol": "TCP", "targetPort": 80}],
                "sessionAffinity": "None",
            },
        }
        ensure(self._store, SERVICES, service)

    def _label_revisions(self, route: Obj, targets: list[Obj], *, settled: bool) -> None:
        """Active while routed; reserve only once the gateway has moved on (pkg/reconciler/labeler)."""
        namespace = route["metadata"]["namespace"]
        routed = {each["revisionName"] for each in targets}
        configurations = {each["configurationName"] for each in route["spec"]["traffic"] if "configurationName" in each}
        configurations.add(route["metadata"]["name"])
        for revision in self._store.list(
            REVISIONS, namespace, where=lambda each: labels_of(each).get(names.CONFIGURATION) in configurations
        ):
            before = labels_of(revision)[names.ROUTING_STATE]
            state = "active" if revision["metadata"]["name"] in routed else "reserve"
            waits = state == "reserve" and ((before == "pending" and not _failed(revision)) or not settled)
            if state != before and not waits:
                revision["metadata"]["labels"][names.ROUTING_STATE] = state
                self._store.update(REVISIONS, revision)


def _failed(revision: Obj) -> bool:
    return (condition(revision, "Ready") or {}).get("status") == "False"


def _merged(targets: list[Obj]) -> list[Obj]:
    """One split for each revision: two targets may name the same one."""
    shares: dict[str, Obj] = {}
    for each in targets:
        name = each["revisionName"]
        shares[name] = {**each, "percent": each["percent"] + shares.get(name, {}).get("percent", 0)}
    return list(shares.values())


def _rule(hosts: list[str], visibility: str, path: Obj) -> Obj:
    return {"hosts": hosts, "visibility": visibility, "http": {"paths": [path]}}
