"""Knative Service to Configuration and Route (serving pkg/reconciler/service, pkg/apis/serving/v1)."""

from __future__ import annotations

from collections.abc import Mapping

from kserve_conformance.embedded.apiserver.resources import (
    CONFIGURATIONS,
    KNATIVE_SERVICES,
    REVISIONS,
    ROUTES,
    Resource,
)
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.controllers import configuration, names
from kserve_conformance.embedded.controllers.conditions import mirror, ready_from
from kserve_conformance.embedded.controllers.runtime import Mapper, ensure, write_status
from kserve_conformance.embedded.controllers.workloads import itself, owner_of_kind
from kserve_conformance.embedded.events import Recorder
from kserve_conformance.embedded.objects import (
    Key,
    Obj,
    annotations_of,
    condition,
    controlled_by,
    is_terminating,
    is_true,
    labels_of,
    owner_reference,
    set_condition,
)

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
ROLLOUT_DURATION = (names.SERVING + "rollout-duration", names.SERVING + "rolloutDuration")
STALE = "The {} is still working to reflect the latest desired specification."
NOT_MIGRATED = "Traffic is not yet migrated to the latest revision."


class ServiceReconciler:
    """Makes both children and mirrors their conditions."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._events = Recorder(store, "service-controller")

    @property
    def sources(self) -> Mapping[Resource, Mapper]:
        own = owner_of_kind("Service")
        return {KNATIVE_SERVICES: itself, CONFIGURATIONS: own, ROUTES: own, REVISIONS: _service_of}

    def reconcile(self, key: Key) -> float | None:
        service = self._store.find(KNATIVE_SERVICES, key.namespace, key.name)
        if service is None or is_terminating(service):
            return None
        self._reconcile(service)
        conditions = service["status"]["conditions"]
        ready_from(conditions, "ConfigurationsReady", "RoutesReady")
        service["status"]["observedGeneration"] = service["metadata"]["generation"]
        write_status(self._store, KNATIVE_SERVICES, service)
        return None

    def _reconcile(self, service: Obj) -> None:
        status = service.setdefault("status", {})
        conditions = status.setdefault("conditions", [])
        for kind in ("ConfigurationsReady", "RoutesReady"):
            if condition(service, kind) is None:
                set_condition(conditions, kind, "Unknown")
        meta = service["metadata"]
        existing = self._store.find(CONFIGURATIONS, meta["namespace"], meta["name"])
        made = self._child(service, CONFIGURATIONS, "ConfigurationsReady", _configuration(service, existing))
        if made is None:
            return
        mirror(conditions, "ConfigurationsReady", made, stale=STALE.format("Configuration"))
        current = (made.get("status") or {}).get("observedGeneration") == made["metadata"]["generation"]
        if current:
            for field in ("latestCreatedRevisionName", "latestReadyRevisionName"):
                _take(status, made["status"], field)
        elif configuration.own_name(made):
            return  # a name of the user's own: the Route waits until it is clear whose it is
        if isinstance(configuration.named_revision(self._store, made), configuration.Taken):
            name = configuration.own_name(made)
            message = f'The revision name "{name}" is taken by a conflicting Revision, so traffic will not be migrated'
            set_condition(conditions, "RoutesReady", "False", reason="RevisionNameTaken", message=message)
            return
        route = self._child(service, ROUTES, "RoutesReady", _route(service))
        if route is None:
            return
        mirror(conditions, "RoutesReady", route, stale=STALE.format("Route"))
        if (route.get("status") or {}).get("observedGeneration") == route["metadata"]["generation"]:
            for field in ("url", "address", "traffic"):
                _take(status, route["status"], field)
        if is_true(service, "RoutesReady") and not _migrated(made, route):
            set_condition(conditions, "RoutesReady", "Unknown", reason="TrafficNotMigrated", message=NOT_MIGRATED)

    def _child(self, service: Obj, resource: Resource, kind: str, desired: Obj) -> Obj | None:
        """None when an object of that name belongs to somebody else."""
        meta = service["metadata"]
        found = self._store.find(resource, meta["namespace"], meta["name"])
        if found is not None and not controlled_by(found, service):
            message = f'There is an existing {resource.kind} "{meta["name"]}" that we do not own.'
            set_condition(service["status"]["conditions"], kind, "False", reason="NotOwned", message=message)
            return None
        child = ensure(self._store, resource, desired, exact=True)
        if found is None:
            self._events.record(service, "Normal", "Created", f'Created {resource.kind} "{meta["name"]}"')
        return child


def _configuration(service: Obj, existing: Obj | None) -> Obj:
    routes = annotations_of(existing).get(names.ROUTES, "") if existing else ""
    own = {*(routes.split(",") if routes else ()), service["metadata"]["name"]}
    child = _child(service, without=(LAST_APPLIED, *ROLLOUT_DURATION))
    child["metadata"]["labels"][names.SERVICE_UID] = service["metadata"]["uid"]
    child["metadata"]["annotations"][names.ROUTES] = ",".join(sorted(own))
    return {**child, "spec": {"template": service["spec"]["template"]}}


def _route(service: Obj) -> Obj:
    name = service["metadata"]["name"]
    traffic = service["spec"].get("traffic") or [{"latestRevision": True, "percent": 100}]
    named = [each if each.get("revisionName") else {**each, "configurationName": name} for each in traffic]
    return {**_child(service, without=(LAST_APPLIED,)), "spec": {"traffic": named}}


def _child(service: Obj, *, without: tuple[str, ...]) -> Obj:
    meta = service["metadata"]
    return {
        "metadata": {
            "name": meta["name"],
            "namespace": meta["namespace"],
            "labels": {**labels_of(service), names.SERVICE: meta["name"]},
            "annotations": {name: text for name, text in annotations_of(service).items() if name not in without},
            "ownerReferences": [owner_reference(service)],
        }
    }


def _take(status: Obj, source: Obj, field: str) -> None:
    if field in source:
        status[field] = source[field]
    else:
        status.pop(field, None)


def _migrated(made: Obj, route: Obj) -> bool:
    """Whether the Route's status has the revisions its specification asks for, with the same shares and tags."""
    newest = made["status"].get("latestReadyRevisionName")

    def essence(target: Obj) -> tuple[str, int, str]:
        revision = target.get("revisionName") or newest
        return str(revision), target.get("percent") or 0, target.get("tag", "")

    wanted = [essence(each) for each in route["spec"]["traffic"]]
    return wanted == [essence(each) for each in route["status"].get("traffic") or ()]


def _service_of(revision: Obj) -> list[Key]:
    name = labels_of(revision).get(names.SERVICE)
    return [Key(revision["metadata"]["namespace"], name)] if name else []
