"""What the plugin needs of the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from kserve_conformance.model import Capability, Sample, Target, Versions
from kserve_conformance.plugin.options import Settings


@dataclass(frozen=True)
class Facts:
    """What every worker has to know of the platform; plain enough to travel between processes."""

    target: Target
    kubeconfig: str
    versions: Versions
    capabilities: tuple[Capability, ...]

    def as_plain(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of_plain(cls, plain: Mapping[str, Any]) -> Facts:
        return cls(
            target=Target(**plain["target"]),
            kubeconfig=plain["kubeconfig"],
            versions=Versions(**plain["versions"]),
            capabilities=tuple(Capability(**each) for each in plain["capabilities"]),
        )


class Opened(Protocol):
    """A platform this run has started or found."""

    @property
    def facts(self) -> Facts: ...

    def sweep(self, run_id: str) -> None:
        """Delete namespaces of this run that killed workers have left. Raises PlatformUnreachable."""

    def close(self) -> None: ...


class EnginePort(Protocol):
    def open(self, settings: Settings) -> Opened:
        """Raises PlatformUnreachable."""

    def connect(self, facts: Facts) -> Any:
        """The `platform` fixture of one worker."""

    def collect(self, platform: Any, services: Sequence[Any], samples: Sequence[Sample], folder: Path) -> None:
        """Everything worth knowing about these services, one file each, secrets left out."""
