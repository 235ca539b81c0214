"""Defaults and validation of traffic blocks (serving pkg/apis/serving/v1/route_defaults.go, route_validation.go)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from kserve_conformance.embedded.admission.names import SERVICE_LABEL, SERVICE_RULE
from kserve_conformance.embedded.objects import Obj


def fill(spec: Obj) -> None:
    if not spec.get("traffic"):
        spec["traffic"] = [{"latestRevision": True, "percent": 100}]
    for target in spec["traffic"]:
        if target.get("latestRevision") is None:
            target["latestRevision"] = not target.get("revisionName")


def complaints(targets: Sequence[Obj], *, in_service: bool) -> Iterator[str]:
    """A Service's own traffic is always for its own configuration."""
    tags: dict[str, int] = {}
    for index, target in enumerate(targets):
        where = f"spec.traffic[{index}]"
        yield from _target(target, where, in_service=in_service)
        tag = target.get("tag")
        if not tag:
            continue
        if not re.fullmatch(SERVICE_LABEL, tag) or len(tag) > 63:
            why = SERVICE_RULE if len(tag) <= 63 else "must be no more than 63 characters"
            yield f"invalid value: not a DNS 1035 label: [{why}]: {where}.tag[{index}]"
        if tag in tags:
            yield f'Multiple definitions for "{tag}": spec.traffic[{tags[tag]}].tag, {where}.tag'
        else:
            tags[tag] = index
    total = sum(target.get("percent") or 0 for target in targets)
    if total != 100:
        yield f"Traffic targets sum to {total}, want 100: spec.traffic"


def _target(target: Obj, where: str, *, in_service: bool) -> Iterator[str]:
    revision, configuration = target.get("revisionName", ""), target.get("configurationName", "")
    latest, percent = target.get("latestRevision"), target.get("percent") or 0
    if latest is not None and bool(revision) == latest:
        text = "true" if latest else "false"
        yield f'may not set revisionName "{revision}" when latestRevision is {text}: {where}.latestRevision'
    if in_service and configuration:
        yield f"must not set the field(s): {where}.configurationName"
    elif revision and configuration:
        yield f"expected exactly one, got both: {where}.configurationName, {where}.revisionName"
    elif not (revision or configuration or in_service):
        yield f"expected exactly one, got neither: {where}.configurationName, {where}.revisionName"
    if not 0 <= percent <= 100:
        yield f"expected 0 <= {percent} <= 100: {where}.percent"
    if target.get("url"):
        yield f"must not set the field(s): {where}.url"
