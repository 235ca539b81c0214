"""Knative Service to Configuration and Route, and Configuration to Revisions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kserve_conformance.embedded.apiserver.resources import (
    CONFIGURATIONS,
    KNATIVE_SERVICES,
    REVISIONS,
    ROUTES,
    Resource,
)
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.controllers import names
from kserve_conformance.embedded.controllers.runtime import Mapper, ensure, write_status
from kserve_conformance.embedded.controllers.workloads import itself, owned_by, owner_of_kind
from kserve_conformance.embedded.events import Recorder
from kserve_conformance.embedded.objects import (
    Key,
    Obj,
    annotations_of,
    condition,
    copy_of,
    is_terminating,
    labels_of,
    owner_reference,
    set_condition,
)

INHERITED = {"kubectl.kubernetes.io/last-applied-configuration"}


class ServiceReconciler:
    """Makes both children and mirrors their conditions (serving pkg/apis/serving/v1/service_lifecycle.go)."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def sources(self) -> Mapping[Resource, Mapper]:
        own = owner_of_kind("Service")
        return {KNATIVE_SERVICES: itself, CONFIGURATIONS: own, ROUTES: own}

    def reconcile(self, key: Key) -> float | None:
        service = self._store.find(KNATIVE_SERVICES, key.namespace, key.name)
        if service is None or is_terminating(service):
            return None
        child = self._child(service)
        configuration = ensure(
            self._store, CONFIGURATIONS, {**copy_of(child), "spec": {"template": service["spec"]["template"]}}
        )
        traffic = service["spec"].get("traffic") or [{"latestRevision": True, "percent": 100}]
        named = [{"configurationName": key.name, **each} if each.get("latestRevision") else each for each in traffic]
        route = ensure(self._store, ROUTES, {**copy_of(child), "spec": {"traffic": named}})
        self._report(service, configuration, route)
        return None

    def _child(self, service: Obj) -> Obj:
        meta = service["metadata"]
        return {
            "metadata": {
                "name": meta["name"],
                "namespace": meta["namespace"],
                "labels": {
                    **labels_of(service),
                    names.SERVICE: meta["name"],
                    "serving.knative.dev/serviceUID": meta["uid"],
                },
                "annotations": {name: text for name, text in annotations_of(service).items() if name not in INHERITED},
                "ownerReferences": [owner_reference(service)],
            }
        }

    def _report(self, service: Obj, configuration: Obj, route: Obj) -> None:
        status = service.setdefault("status", {})
        conditions = status.setdefault("conditions", [])
        _mirror(conditions, "ConfigurationsReady", configuration)
        _mirror(conditions, "RoutesReady", route)
        made, routed = configuration.get("status") or {}, route.get("status") or {}
        for field in ("latestCreatedRevisionName", "latestReadyRevisionName"):
            if field in made:
                status[field] = made[field]
        for field in ("url", "address", "traffic"):
            if field in routed:
                status[field] = routed[field]
        if not _migrated(status, service["spec"].get("traffic")):
            # TrafficNotMigrated: the route is ready, yet still for the revision before.
            set_condition(conditions, "RoutesReady", "Unknown", reason="TrafficNotMigrated")
        ready_from(conditions, "ConfigurationsReady", "RoutesReady")
        status["observedGeneration"] = service["metadata"]["generation"]
        write_status(self._store, KNATIVE_SERVICES, service)


class ConfigurationReconciler:
    """A Revision for each generation of the template (pkg/reconciler/configuration)."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._events = Recorder(store, "configuration-controller")

    @property
    def sources(self) -> Mapping[Resource, Mapper]:
        return {CONFIGURATIONS: itself, REVISIONS: owner_of_kind("Configuration")}

    def reconcile(self, key: Key) -> float | None:
        configuration = self._store.find(CONFIGURATIONS, key.namespace, key.name)
        if configuration is None or is_terminating(configuration):
            return None
        generation = configuration["metadata"]["generation"]
        revisions = owned_by(self._store, REVISIONS, "Configuration", key)
        latest = next((each for each in revisions if _generation(each) == generation), None)
        if latest is None:
            latest = self._store.create(REVISIONS, self._revision(configuration))
            revisions.append(latest)
            message = f'Created Revision "{latest["metadata"]["name"]}"'
            self._events.record(configuration, "Normal", "Created", message)
        self._report(configuration, latest, revisions)
        return None

    def _revision(self, configuration: Obj) -> Obj:
        meta, template = configuration["metadata"], copy_of(configuration["spec"]["template"])
        own = template.get("metadata") or {}
        labels = {
            **(own.get("labels") or {}),
            names.CONFIGURATION: meta["name"],
            "serving.knative.dev/configurationUID": meta["uid"],
            names.CONFIGURATION_GENERATION: str(meta["generation"]),
            names.SERVICE: meta["labels"].get(names.SERVICE, ""),
            "serving.knative.dev/serviceUID": meta["labels"].get("serving.knative.dev/serviceUID", ""),
            names.ROUTING_STATE: "pending",
        }
        return {
            "metadata": {
                "name": f"{meta['name']}-{meta['generation']:05d}",
                "namespace": meta["namespace"],
                "labels": labels,
                "annotations": own.get("annotations") or {},
                "ownerReferences": [owner_reference(configuration)],
            },
            "spec": template["spec"],
        }

    def _report(self, configuration: Obj, latest: Obj, revisions: list[Obj]) -> None:
        status = configuration.setdefault("status", {})
        conditions = status.setdefault("conditions", [])
        name = latest["metadata"]["name"]
        status["latestCreatedRevisionName"] = name
        ready = condition(latest, "Ready")
        state = ready["status"] if ready else "Unknown"
        if state == "False" and ready:
            message = f'Revision "{name}" failed with message: {ready.get("message", "")}.'
            set_condition(conditions, "Ready", "False", reason="RevisionFailed", message=message)
        else:
            set_condition(conditions, "Ready", state)
        good = [each for each in revisions if (condition(each, "Ready") or {}).get("status") == "True"]
        if good:
            newest = max(good, key=_generation)["metadata"]["name"]
            if status.get("latestReadyRevisionName") != newest:
                message = f'Revision becomes latest: "{newest}"'
                self._events.record(configuration, "Normal", "LatestReadyUpdate", message)
            status["latestReadyRevisionName"] = newest
        status["observedGeneration"] = configuration["metadata"]["generation"]
        write_status(self._store, CONFIGURATIONS, configuration)


def _generation(revision: Obj) -> int:
    return int(labels_of(revision)[names.CONFIGURATION_GENERATION])


def _mirror(conditions: list[Obj], kind: str, child: Obj) -> None:
    """A child's Ready as ours; a child that has not seen its own specification yet is Unknown (OutOfDate)."""
    ready = condition(child, "Ready")
    if ready is None or (child.get("status") or {}).get("observedGeneration") != child["metadata"]["generation"]:
        set_condition(conditions, kind, "Unknown", reason="OutOfDate" if ready else "")
        return
    why = {"reason": ready.get("reason", ""), "message": ready.get("message", "")}
    set_condition(conditions, kind, ready["status"], **why)


def _migrated(status: Mapping[str, Any], wanted: list[Obj] | None) -> bool:
    newest = status.get("latestReadyRevisionName")
    shares = {each["revisionName"] for each in status.get("traffic") or () if each.get("latestRevision")}
    follows = any(each.get("latestRevision") for each in wanted or [{"latestRevision": True}])
    return not follows or shares == {newest}


def ready_from(conditions: list[Obj], *dependents: str) -> None:
    """The worst of the dependents: False before Unknown before True (knative.dev/pkg/apis ConditionManager)."""
    found = {each["type"]: each for each in conditions}
    worst: dict[str, Any] = {"status": "True"}
    for kind in dependents:
        each = found.get(kind, {"status": "Unknown"})
        rank = ("True", "Unknown", "False").index
        if rank(each["status"]) > rank(worst["status"]):
            worst = each
    set_condition(
        conditions, "Ready", worst["status"], reason=worst.get("reason", ""), message=worst.get("message", "")
    )
