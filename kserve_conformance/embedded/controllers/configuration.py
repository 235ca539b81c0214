"""A Revision for each change of a Configuration's template (serving pkg/reconciler/configuration)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from kserve_conformance.embedded.apiserver.resources import CONFIGURATIONS, REVISIONS, Resource
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.controllers import names
from kserve_conformance.embedded.controllers.runtime import Mapper, write_status
from kserve_conformance.embedded.controllers.workloads import itself, owned_by, owner_of_kind
from kserve_conformance.embedded.events import Recorder
from kserve_conformance.embedded.faults import Faults
from kserve_conformance.embedded.objects import (
    Key,
    Obj,
    annotations_of,
    condition,
    controlled_by,
    copy_of,
    is_terminating,
    is_true,
    labels_of,
    now,
    owner_reference,
    set_condition,
)


@dataclass(frozen=True)
class Taken:
    """The name the user gave to the next revision belongs to another one."""


def own_name(configuration: Obj) -> str:
    """The name that the user gives to the revision; empty: Knative counts."""
    return str((configuration["spec"]["template"].get("metadata") or {}).get("name") or "")


def named_revision(store: Store, configuration: Obj) -> Obj | Taken | None:
    """The revision of the user's name; None when there is none yet or the name is Knative's to choose."""
    name, meta = own_name(configuration), configuration["metadata"]
    found = store.find(REVISIONS, meta["namespace"], name) if name else None
    if found is None:
        return None
    if not controlled_by(found, configuration):
        return Taken()
    same = _generation(found) == meta["generation"] or found["spec"] == configuration["spec"]["template"]["spec"]
    return found if same else Taken()


class ConfigurationReconciler:
    def __init__(self, store: Store, faults: Faults) -> None:
        self._store = store
        self._faults = faults
        self._events = Recorder(store, "configuration-controller")

    @property
    def sources(self) -> Mapping[Resource, Mapper]:
        return {CONFIGURATIONS: itself, REVISIONS: owner_of_kind("Configuration")}

    def reconcile(self, key: Key) -> float | None:
        configuration = self._store.find(CONFIGURATIONS, key.namespace, key.name)
        if configuration is None or is_terminating(configuration):
            return None
        status = configuration.setdefault("status", {})
        status.setdefault("conditions", [])
        latest = named_revision(self._store, configuration)
        if isinstance(latest, Taken):
            name = own_name(configuration)
            why = f'revisions.serving.knative.dev "{name}" already exists'
            message = f"Revision creation failed with message: {why}."
            set_condition(status["conditions"], "Ready", "False", reason="RevisionFailed", message=message)
        else:
            revisions = owned_by(self._store, REVISIONS, "Configuration", key)
            generation = configuration["metadata"]["generation"]
            latest = latest or next((each for each in revisions if _generation(each) == generation), None)
            if latest is None:
                made = _revision(configuration)
                if not own_name(configuration) and self._faults.fires("odd-revision-names", key.namespace):  # D03
                    made["metadata"]["name"] = f"{key.name}-{secrets.token_hex(4)}"
                latest = self._store.create(REVISIONS, made)
                revisions.append(latest)
                message = f'Created Revision "{latest["metadata"]["name"]}"'
                self._events.record(configuration, "Normal", "Created", message)
            self._report(configuration, latest, revisions)
        status["observedGeneration"] = configuration["metadata"]["generation"]
        write_status(self._store, CONFIGURATIONS, configuration)
        return None

    def _report(self, configuration: Obj, latest: Obj, revisions: list[Obj]) -> None:
        status, conditions = configuration["status"], configuration["status"]["conditions"]
        name = latest["metadata"]["name"]
        status["latestCreatedRevisionName"] = name
        ready = condition(latest, "Ready") or {"status": "Unknown"}
        if ready["status"] == "False":
            self._failed(configuration, name, ready.get("message", ""))
        elif status.get("latestReadyRevisionName") != name:
            set_condition(conditions, "Ready", "Unknown")
        newest = self._newest_ready(configuration, revisions)
        if newest is None:
            return
        before = status.get("latestReadyRevisionName")
        if not before:
            self._events.record(configuration, "Normal", "ConfigurationReady", "Configuration becomes ready")
        if before != newest:
            message = f'LatestReadyRevisionName updated to "{newest}"'
            self._events.record(configuration, "Normal", "LatestReadyUpdate", message)
        status["latestReadyRevisionName"] = newest
        if newest == name:
            set_condition(conditions, "Ready", "True")

    def _failed(self, configuration: Obj, name: str, why: str) -> None:
        status = configuration["status"]
        message = f'Revision "{name}" failed with message: {why}.'
        before = condition(configuration, "Ready") or {}
        set_condition(status["conditions"], "Ready", "False", reason="RevisionFailed", message=message)
        if before.get("message") != message:
            which = "ready" if status.get("latestReadyRevisionName") == name else "created"
            about = f'Latest {which} revision "{name}" has failed'
            self._events.record(configuration, "Warning", f"Latest{which.capitalize()}Failed", about)

    def _newest_ready(self, configuration: Obj, revisions: list[Obj]) -> str | None:
        """Never one that is older than the latest ready one, as long as that is there; the user's own name first."""
        named = own_name(configuration)
        before = configuration["status"].get("latestReadyRevisionName")
        oldest = next((_generation(each) for each in revisions if each["metadata"]["name"] == before), 0)
        fitting = [
            each
            for each in revisions
            if is_true(each, "Ready") and (_generation(each) >= oldest or each["metadata"]["name"] == named)
        ]
        if not fitting:
            return None
        newest = max(fitting, key=lambda each: (each["metadata"]["name"] == named, _generation(each)))
        return str(newest["metadata"]["name"])


def _revision(configuration: Obj) -> Obj:
    meta, template = configuration["metadata"], copy_of(configuration["spec"]["template"])
    own, inherited = template.get("metadata") or {}, annotations_of(configuration)
    labels = {
        **(own.get("labels") or {}),
        names.ROUTING_STATE: "active" if names.ROUTES in inherited else "pending",
        names.CONFIGURATION: meta["name"],
        names.CONFIGURATION_UID: meta["uid"],
        names.CONFIGURATION_GENERATION: str(meta["generation"]),
    }
    for label in (names.SERVICE, names.SERVICE_UID):
        if label in labels_of(configuration):
            labels[label] = labels_of(configuration)[label]
    annotations = {**(own.get("annotations") or {}), names.ROUTING_STATE_MODIFIED: now()}
    if names.LAST_MODIFIER in inherited:
        annotations[names.CREATOR] = inherited[names.LAST_MODIFIER]
    if names.ROUTES in inherited:
        annotations[names.ROUTES] = inherited[names.ROUTES]
    return {
        "metadata": {
            "name": own_name(configuration) or f"{meta['name']}-{meta['generation']:05d}",
            "namespace": meta["namespace"],
            "labels": labels,
            "annotations": annotations,
            "ownerReferences": [owner_reference(configuration)],
        },
        "spec": template["spec"],
    }


def _generation(revision: Obj) -> int:
    return int(labels_of(revision)[names.CONFIGURATION_GENERATION])
