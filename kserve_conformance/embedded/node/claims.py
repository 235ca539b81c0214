"""The content of persistent volume claims: the folder of the volume that each is bound to."""

from __future__ import annotations

from pathlib import Path

from kserve_conformance.embedded.apiserver.stored_kinds import VOLUME_CLAIMS, VOLUMES
from kserve_conformance.embedded.node.environment import ConfigError, Find


def folder_of(find: Find, namespace: str, claim: str) -> Path:
    """Made when it is first used. Raises ConfigError when there is no such claim, or no folder is bound to it."""
    found = find(VOLUME_CLAIMS, namespace, claim)
    if found is None:
        raise ConfigError(f'persistentvolumeclaim "{claim}" not found')
    volume = find(VOLUMES, "", found["spec"].get("volumeName", ""))
    if volume is None:
        raise ConfigError(f'persistentvolumeclaim "{claim}" is not bound')
    spec = volume["spec"]
    path = (spec.get("hostPath") or spec.get("local") or {}).get("path")
    if not path:
        raise ConfigError(f'persistentvolume "{volume["metadata"]["name"]}" is no folder of this machine')
    Path(path).mkdir(parents=True, exist_ok=True)
    return Path(path)
