"""What one embedded platform is started with, and the delays it works under.

Nothing here that a cluster keeps in a ConfigMap: windows, targets and domains live in `config-autoscaler`,
`config-domain` and friends, as on a cluster.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Delays:
    """How long the parts of a real cluster take that one process would do at once. Seconds, as (low, high)."""

    watch: tuple[float, float] = (0.002, 0.015)
    scheduling: tuple[float, float] = (0.01, 0.04)
    gateway: tuple[float, float] = (0.01, 0.05)
    drain_quiet: float = 1.0  # queue-proxy waits 30 s on a cluster (serving pkg/queue/sharedmain)

    def pick(self, bounds: tuple[float, float]) -> float:
        return random.uniform(*bounds)


@dataclass(frozen=True)
class Settings:
    """`run_dir` holds everything the platform writes; `block` is the second octet of its 127/8 addresses; `images` are
    Python programs that stand behind images of the user's own."""

    run_dir: Path
    stack: str
    api_port: int
    gateway_port: int
    block: int
    images: Mapping[str, Path] = field(default_factory=dict)
    delays: Delays = field(default_factory=Delays)

    @property
    def kubeconfig(self) -> Path:
        return self.run_dir / "kubeconfig"
