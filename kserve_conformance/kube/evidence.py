"""Everything worth knowing about a service at the moment a test failed; one folder per service, secrets left out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from kserve_conformance.kube import kinds
from kserve_conformance.kube.client import Client, KubeError, Obj
from kserve_conformance.kube.objects import name_of
from kserve_conformance.kube.service import Service
from kserve_conformance.kube.timeline import timeline
from kserve_conformance.model import Sample

SECRET_NAME = re.compile(r"token|secret|passw|credential|key$|auth", re.IGNORECASE)
HIDDEN = "(hidden)"
LOG_LINES = "500"


def collect(client: Client, services: Sequence[Service], samples: Sequence[Sample], folder: Path) -> None:
    """Writes objects, children and logs (of init containers and of the run before, too), and the timeline of all."""
    folder.mkdir(parents=True, exist_ok=True)
    conditioned: list[Obj] = []
    events: list[Obj] = []
    for service in services:
        place = folder / service.name
        place.mkdir(parents=True, exist_ok=True)
        conditioned.append(service.get())
        _write(place / "inferenceservice.yaml", conditioned[-1:])
        for kind in kinds.MADE_FOR_A_SERVICE:
            try:
                found = client.list(kind, service.namespace)
            except KubeError:
                continue  # a kind this platform does not have, or this user may not see
            mine = [each for each in found if name_of(each).startswith(service.name)]
            conditioned += mine
            if mine:
                group = kind.group.partition(".")[0] or "core"
                _write(place / f"{group}.{kind.plural}.yaml", mine)
        events += (each for each in client.list(kinds.EVENT, service.namespace) if _about(each, service))
        for pod in client.list(kinds.POD, service.namespace):
            if name_of(pod).startswith(service.name):
                _logs(client, pod, place)
    (folder / "timeline.txt").write_text(timeline(samples, conditioned, events))


def _about(event: Obj, service: Service) -> bool:
    return str(event["involvedObject"].get("name", "")).startswith(service.name)


def _write(path: Path, objects: Sequence[Obj]) -> None:
    path.write_text(yaml.safe_dump_all([redacted(each) for each in objects], sort_keys=False))


def _logs(client: Client, pod: Obj, place: Path) -> None:
    spec = pod["spec"]
    for container in [*(spec.get("initContainers") or ()), *spec["containers"]]:
        for previous in (False, True):
            query = {"container": container["name"], "tailLines": LOG_LINES, "previous": str(previous).lower()}
            path = f"{kinds.POD.path(pod['metadata']['namespace'], name_of(pod))}/log"
            try:
                text = client.text("GET", path, query)
            except KubeError:
                continue  # not started yet, or no run before
            if text:
                name = f"{name_of(pod)}.{container['name']}{'.previous' if previous else ''}.log"
                (place / name).write_text(text)


def redacted(obj: Obj) -> Obj:
    """Without managed fields, without what a container is told under a name that sounds like a secret."""
    found: Obj = _without_secrets(obj)
    metadata = found.get("metadata") or {}
    metadata.pop("managedFields", None)
    (metadata.get("annotations") or {}).pop("kubectl.kubernetes.io/last-applied-configuration", None)
    return found


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        if {"name", "value"} <= value.keys() and SECRET_NAME.search(str(value["name"])):
            return {**value, "value": HIDDEN}
        return {key: _without_secrets(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_without_secrets(each) for each in value]
    return value
