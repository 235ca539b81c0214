"""What is stored as on a cluster but has no effect here is said in a warning to whoever writes it."""

from __future__ import annotations

from kserve_conformance.embedded.apiserver import crd_rules
from kserve_conformance.embedded.apiserver.resources import CRDS, Resource
from kserve_conformance.embedded.apiserver.stored_kinds import (
    API_SERVICES,
    CRON_JOBS,
    DAEMON_SETS,
    JOBS,
    MUTATING_WEBHOOKS,
    REPLICATION_CONTROLLERS,
    STATEFUL_SETS,
    VALIDATING_WEBHOOKS,
)
from kserve_conformance.embedded.objects import Obj

NO_PODS = (STATEFUL_SETS, DAEMON_SETS, JOBS, CRON_JOBS, REPLICATION_CONTROLLERS)
NOT_CALLED = (MUTATING_WEBHOOKS, VALIDATING_WEBHOOKS)


def warnings(resource: Resource, obj: Obj) -> list[str]:
    if resource is CRDS:
        return list(crd_rules.warnings(obj))
    if resource in NO_PODS:
        return [f"the embedded platform stores {resource.plural} and runs no pods for them"]
    if resource in NOT_CALLED and obj.get("webhooks"):
        return ["the embedded platform stores webhook configurations and calls no webhook"]
    if resource is API_SERVICES and (obj.get("spec") or {}).get("service"):
        return ["the embedded platform stores APIServices and forwards no request to them"]
    return []
