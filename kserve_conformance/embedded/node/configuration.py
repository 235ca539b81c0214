"""What the containers of a pod are started with: volumes set up, variables looked up, paths made real."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kserve_conformance.embedded.node.environment import ConfigError, Find, environment, expanded
from kserve_conformance.embedded.node.volumes import Volumes, inside
from kserve_conformance.embedded.objects import Obj

# How long the kubelet waits before it looks again (kubernetes pkg/kubelet/kubelet.go, backOffPeriod).
LOOK_AGAIN = 10.0


@dataclass(frozen=True)
class Configured:
    """A container's environment, arguments and command as its process gets them, and the folders that stand for its
    mount paths. The command may be the image's."""

    env: dict[str, str]
    args: Sequence[str]
    command: Sequence[str] = ()
    mounts: Mapping[str, Path] = field(default_factory=dict)


class Configuration:
    """Of one pod. Secrets and ConfigMaps are read when a volume is set up and each time a container starts."""

    def __init__(self, pod: Obj, address: str, folder: Path, *, find: Find, claim: Callable[[str, str], Path]) -> None:
        self._pod = pod
        self._address = address
        self._find = find
        self._volumes = Volumes(pod, folder, address, find=find, claim=claim)

    def set_up(self) -> None:
        """The volumes, before anything starts. Raises ConfigError."""
        self._volumes.set_up()

    def empty(self) -> None:
        """What the containers have written into volumes of their own is lost."""
        self._volumes.empty()

    def of(self, container: Obj) -> Configured:
        """Raises ConfigError."""
        env = environment(container, self._pod, self._address, self._find)
        mounts = self._volumes.mounts(container)

        def told(field: str) -> list[str]:
            return [inside(expanded(each, env), mounts) for each in container.get(field) or ()]

        variables = {name: inside(value, mounts) for name, value in env.items()}
        return Configured(variables, told("args"), told("command"), mounts)


__all__ = ["LOOK_AGAIN", "ConfigError", "Configuration", "Configured"]
