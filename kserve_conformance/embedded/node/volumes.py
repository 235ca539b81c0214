"""The volumes of a pod as folders, and the paths at which its containers see them.

kubernetes pkg/volume: emptydir, secret, configmap, downwardapi, projected, persistent_claim. A process has no mount
namespace of its own, so paths below a mount are replaced where a container is given them: in arguments and variables.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from kserve_conformance.embedded.apiserver.resources import CONFIG_MAPS, SECRETS
from kserve_conformance.embedded.node.environment import ConfigError, Find, data_of, field
from kserve_conformance.embedded.objects import Obj


class Volumes:
    """`claim` gives the folder behind a persistent volume claim, or raises ConfigError."""

    def __init__(self, pod: Obj, folder: Path, address: str, *, find: Find, claim: Callable[[str, str], Path]) -> None:
        self._pod = pod
        self._folder = folder
        self._address = address
        self._find = find
        self._claim = claim
        self._folders: dict[str, Path] = {}

    def set_up(self) -> None:
        """Raises ConfigError with the kubelet's words when what a volume shows is not there."""
        for volume in self._pod["spec"].get("volumes") or ():
            name = volume["name"]
            if name in self._folders:
                continue
            try:
                self._folders[name] = self._made(volume)
            except ConfigError as error:
                raise ConfigError(f'MountVolume.SetUp failed for volume "{name}" : {error}') from error

    def empty(self) -> None:
        """Every emptyDir, as if it had been made anew."""
        for volume in self._pod["spec"].get("volumes") or ():
            if "emptyDir" in volume:
                self._made(volume)

    def mounts(self, container: Obj) -> dict[str, Path]:
        """Mount paths of the container, and the folders that stand for them."""
        return {
            each["mountPath"].rstrip("/"): self._folders[each["name"]] / each.get("subPath", "").strip("/")
            for each in container.get("volumeMounts") or ()
        }

    def _made(self, volume: Obj) -> Path:
        if "persistentVolumeClaim" in volume:
            return self._claim(self._pod["metadata"]["namespace"], volume["persistentVolumeClaim"]["claimName"])
        folder = self._folder / str(volume["name"])
        shutil.rmtree(folder, ignore_errors=True)  # left by an attempt that failed half way
        folder.mkdir(parents=True, mode=0o700)
        for path, content in self._files(volume):
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        return folder

    def _files(self, volume: Obj) -> Iterator[tuple[str, bytes]]:
        for source in (volume.get("projected") or {}).get("sources") or ():
            yield from self._files(source)
        if "downwardAPI" in volume:
            for item in volume["downwardAPI"].get("items") or ():
                yield item["path"], field(item["fieldRef"]["fieldPath"], self._pod, self._address).encode()
        for kind, resource in (("secret", SECRETS), ("configMap", CONFIG_MAPS)):
            if kind in volume:
                source = volume[kind]
                name = source.get("name") or source.get("secretName")
                namespace, optional = self._pod["metadata"]["namespace"], bool(source.get("optional"))
                data = data_of(resource, namespace, name, self._find, optional=optional) or {}
                yield from _selected(source, data, kind, optional=optional)


def _selected(source: Obj, data: dict[str, bytes], kind: str, *, optional: bool) -> Iterator[tuple[str, bytes]]:
    if not source.get("items"):
        yield from data.items()
        return
    for item in source["items"]:
        if item["key"] in data:
            yield item["path"], data[item["key"]]
        elif not optional:
            raise ConfigError(f"references non-existent {kind.lower()} key: {item['key']}")


def inside(text: str, mounts: Mapping[str, Path]) -> str:
    """`text` with every path below a mount replaced by the real one."""
    if not mounts:
        return text
    paths = "|".join(re.escape(each) for each in sorted(mounts, key=len, reverse=True))
    return re.sub(rf"(?<![\w./-])({paths})(?![\w.-])", lambda match: str(mounts[match.group(1)]), text)
