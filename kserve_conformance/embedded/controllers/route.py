"""Route to Ingress and placeholder Services; traffic moves only to what is ready (serving pkg/reconciler/route)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Literal

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
from kserve_conformance.embedded.autoscaler.config import seconds
from kserve_conformance.embedded.controllers import knative_config, names, rollout
from kserve_conformance.embedded.controllers.conditions import ready_from
from kserve_conformance.embedded.controllers.domains import Domains
from kserve_conformance.embedded.controllers.occasions import Occasions
from kserve_conformance.embedded.controllers.rollout import NANO, Rollout
from kserve_conformance.embedded.controllers.route_ingress import LAST_APPLIED, ingress
from kserve_conformance.embedded.controllers.runtime import Mapper, ensure, write_status
from kserve_conformance.embedded.controllers.traffic import Problem, Resolver, Traffic, shown
from kserve_conformance.embedded.controllers.workloads import itself, owner_of_kind
from kserve_conformance.embedded.events import Recorder
from kserve_conformance.embedded.faults import Faults
from kserve_conformance.embedded.objects import (
    Key,
    Obj,
    annotations_of,
    controlled_by,
    controller_of,
    is_terminating,
    is_true,
    key_of,
    labels_of,
    owner_reference,
    set_condition,
)
from kserve_conformance.embedded.stacks import Stack

TORN_DOWN_EARLY_BY = 1.0
UNPROGRAMMED_FOR = 0.5
LOCAL_GATEWAY = f"knative-local-gateway.istio-system.{names.CLUSTER_DOMAIN}"
SETTINGS = ("config-domain", "config-network", "config-features")
DEPENDENTS = ("AllTrafficAssigned", "CertificateProvisioned", "IngressReady")
IN_PROGRESS = "A gradual rollout of the latest revision(s) is in progress."


class RouteReconciler:
    def __init__(self, store: Store, stack: Stack, faults: Faults, clock: Callable[[], int] = time.time_ns) -> None:
        self._store = store
        self._faults = faults
        self._clock = clock
        self._domains = Domains(store, stack, Occasions(faults))
        self._tls_message = stack.tls_message
        self._resolver = Resolver(store, faults, own_revisions_only=stack.own_revisions_only)
        self._events = Recorder(store, "route-controller")
        self._paused_until: dict[str, float] = {}

    @property
    def sources(self) -> Mapping[Resource, Mapper]:
        return {
            ROUTES: itself,
            CONFIGURATIONS: self._referring,
            REVISIONS: self._referring,
            INGRESSES: owner_of_kind("Route"),
            SERVICES: owner_of_kind("Route"),
            CONFIG_MAPS: self._every_route,
        }

    def reconcile(self, key: Key) -> float | None:
        route = self._store.find(ROUTES, key.namespace, key.name)
        if route is None or is_terminating(route):
            return None
        status = route.setdefault("status", {})
        conditions = status.setdefault("conditions", [])
        if status.get("observedGeneration") != route["metadata"]["generation"]:
            self._not_configured(conditions)
        status["observedGeneration"] = route["metadata"]["generation"]
        status["url"] = self._domains.url(route)
        traffic = self._resolver.resolve(route)
        if isinstance(traffic, Problem):
            set_condition(
                conditions, "AllTrafficAssigned", traffic.status, reason=traffic.reason, message=traffic.message
            )
            self._finish(route)
            return None
        if (left := self._paused(route)) > 0:
            return left
        leaving = self._leaving(route, traffic)
        if leaving and self._faults.fires("old-revision-torn-down-early", key.namespace):  # F071
            for name in leaving:
                self._store.delete(REVISIONS, key.namespace, name)
            return self._pause(route, TORN_DOWN_EARLY_BY)
        set_condition(conditions, "AllTrafficAssigned", "True")
        set_condition(conditions, "CertificateProvisioned", "True", reason="TLSNotEnabled", message=self._tls_message)
        status["address"] = {"url": f"http://{key.name}.{key.namespace}.{names.CLUSTER_DOMAIN}"}
        if not self._placeholders(route, traffic):
            self._finish(route)
            return None
        return self._route(route, traffic)

    def _route(self, route: Obj, traffic: Traffic) -> float | None:
        """Programs the Ingress; the time until the next step of a rollout."""
        conditions = route["status"]["conditions"]
        rollouts, again = self._rollouts(route, traffic)
        network = knative_config.read(self._store, "config-network")
        option: Literal["Enabled", "Redirected"] = (
            "Redirected" if network.get("http-protocol", "").lower() == "redirected" else "Enabled"
        )
        desired = ingress(
            route,
            traffic,
            rollouts,
            domains=self._domains,
            tag_header=knative_config.enabled(self._store, "tag-header-based-routing"),
            http_option=option,
        )
        if len(traffic.groups()) > 1 and self._faults.fires("tag-url-wrong", route["metadata"]["namespace"]):  # F077
            for rule in desired["spec"]["rules"]:
                rule["http"] = desired["spec"]["rules"][0]["http"]
        if self._unprogram(route, desired):
            return self._pause(route, UNPROGRAMMED_FOR)
        new = self._store.find(INGRESSES, route["metadata"]["namespace"], route["metadata"]["name"]) is None
        programmed = ensure(self._store, INGRESSES, desired, exact=True)
        if new:
            self._events.record(route, "Normal", "Created", f'Created Ingress "{programmed["metadata"]["name"]}"')
        in_progress = any(not each.done for each in rollouts)
        if (programmed.get("status") or {}).get("observedGeneration") != programmed["metadata"]["generation"]:
            self._not_configured(conditions)
        elif not in_progress and is_true(programmed, "Ready"):
            set_condition(conditions, "IngressReady", "True")
        if in_progress:
            set_condition(conditions, "IngressReady", "Unknown", reason="RolloutInProgress", message=IN_PROGRESS)
        route["status"]["traffic"] = [
            {
                "latestRevision": target.latest,
                "percent": share.percent,
                "revisionName": share.revision,
                **({"tag": target.tag, "url": self._domains.url(route, target.tag)} if target.tag else {}),
            }
            for target, share in shown(traffic, rollouts)
        ]
        self._finish(route)
        return again

    def _unprogram(self, route: Obj, desired: Obj) -> bool:
        """F074: the old way is taken away before the new one is there."""
        key = key_of(route)
        found = self._store.find(INGRESSES, key.namespace, key.name)
        changes = found is not None and found["spec"] != desired["spec"]
        if not changes or not self._faults.fires("promote-drops", key.namespace):
            return False
        self._store.delete(INGRESSES, key.namespace, key.name)
        return True

    def _pause(self, route: Obj, seconds: float) -> float:
        """A defect has struck; nothing is mended for so long."""
        self._paused_until[route["metadata"]["uid"]] = self._clock() / NANO + seconds
        return seconds

    def _paused(self, route: Obj) -> float:
        return self._paused_until.get(route["metadata"]["uid"], 0.0) - self._clock() / NANO

    def _rollouts(self, route: Obj, traffic: Traffic) -> tuple[tuple[Rollout, ...], float | None]:
        goals, duration = traffic.rollouts(), self._rollout_seconds(route)
        meta = route["metadata"]
        existing = self._store.find(INGRESSES, meta["namespace"], meta["name"])
        if existing is None or duration <= 0:
            return goals, None
        before, now = rollout.read(annotations_of(existing).get(rollout.ANNOTATION, "")), self._clock()
        observed = (existing.get("status") or {}).get("observedGeneration") == existing["metadata"]["generation"]
        if observed and is_true(existing, "Ready") and not is_true(route, "IngressReady"):
            before = tuple(rollout.observed(each, now=now, seconds=duration) for each in before)
        stepped, at = rollout.stepped(goals, before, now)
        return stepped, max(0.0, (at - now) / NANO) if at else None

    def _rollout_seconds(self, route: Obj) -> float:
        """The annotation (`rolloutDuration` is its older spelling), else config-network's for everybody."""
        own = annotations_of(route)
        text = own.get(names.SERVING + "rollout-duration") or own.get(names.SERVING + "rolloutDuration")
        if text:
            return seconds(text)
        return float(knative_config.read(self._store, "config-network").get("rollout-duration", "0"))

    def _every_route(self, config_map: Obj) -> list[Key]:
        meta = config_map["metadata"]
        if meta.get("namespace") != names.SYSTEM or meta["name"] not in SETTINGS:
            return []
        return [key_of(each) for each in self._store.look(ROUTES)]

    def _referring(self, target: Obj) -> list[Key]:
        """The Routes that name a Configuration, or a Revision or its Configuration."""
        mine = {target["metadata"]["name"], labels_of(target).get(names.CONFIGURATION, "")}
        return [
            key_of(each)
            for each in self._store.look(ROUTES, target["metadata"]["namespace"])
            for traffic in each["spec"].get("traffic") or ()
            if mine & {traffic.get("configurationName"), traffic.get("revisionName")}
        ]

    def _finish(self, route: Obj) -> None:
        ready_from(route["status"]["conditions"], *DEPENDENTS)
        write_status(self._store, ROUTES, route)

    def _not_configured(self, conditions: list[Obj]) -> None:
        message = "Ingress has not yet been reconciled."
        set_condition(conditions, "IngressReady", "Unknown", reason="IngressNotConfigured", message=message)

    def _leaving(self, route: Obj, traffic: Traffic) -> list[str]:
        """Revisions that are there and get requests now, and will get none."""
        staying, namespace = {each.revision for each in traffic.targets if each.percent}, key_of(route).namespace
        before = {each["revisionName"] for each in route["status"].get("traffic") or () if each.get("percent")}
        return sorted(name for name in before - staying if self._store.find(REVISIONS, namespace, name) is not None)

    def _placeholders(self, route: Obj, traffic: Traffic) -> bool:
        """One Service for each host, so that cluster DNS knows the name; False when somebody else has the name."""
        wanted = {self._domains.name(route, tag) for tag in traffic.groups()}
        for name in sorted(wanted):
            found = self._store.find(SERVICES, route["metadata"]["namespace"], name)
            if found is not None and not controlled_by(found, route):
                message = f'There is an existing placeholder Service "{name}" that we do not own.'
                conditions = route["status"]["conditions"]
                set_condition(conditions, "IngressReady", "False", reason="NotOwned", message=message)
                return False
            if found is None:
                self._events.record(route, "Normal", "Created", f'Created placeholder service "{name}"')
            ensure(self._store, SERVICES, _placeholder(route, name))

        def left_over(service: Obj) -> bool:
            mine = labels_of(service).get(names.ROUTE) == route["metadata"]["name"]
            return mine and service["metadata"]["name"] not in wanted and controller_of(service, "Route") is not None

        for service in self._store.look(SERVICES, route["metadata"]["namespace"], where=left_over):
            self._store.delete(SERVICES, service["metadata"]["namespace"], service["metadata"]["name"])
        return True


def _placeholder(route: Obj, name: str) -> Obj:
    meta = route["metadata"]
    # A label for visibility is the user's own on each placeholder.
    labels = {name: text for name, text in labels_of(route).items() if name != names.VISIBILITY}
    return {
        "metadata": {
            "name": name,
            "namespace": meta["namespace"],
            "labels": {**labels, names.ROUTE: meta["name"]},
            "annotations": {name: text for name, text in annotations_of(route).items() if name != LAST_APPLIED},
            "ownerReferences": [owner_reference(route)],
        },
        "spec": {
            "type": "ExternalName",
            "externalName": LOCAL_GATEWAY,
            "ports": [
                {"name": "http2", "port": 80, "protocol": "TCP", "targetPort": 80, "appProtocol": "kubernetes.io/h2c"}
            ],
            "sessionAffinity": "None",
        },
    }
