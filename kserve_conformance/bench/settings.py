"""What one benchmark run was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class Settings:
    """`rate` in requests a second, `seconds` and `warm_up` of each load; `connections` are those of the closed loop."""

    target: Literal["embedded", "kind", "cluster"]
    context: str
    kubeconfig: str
    stack: str
    rate: float
    seconds: float
    warm_up: float
    connections: int
    cold_starts: int
    run_id: str
    folder: Path

    def shown(self) -> Mapping[str, str]:
        """As a report shows them; nothing that was left empty."""
        values = {
            "--target": self.target,
            "--context": self.context,
            "--kubeconfig": self.kubeconfig,
            "--stack": self.stack if self.target == "embedded" else "",
            "--rate": f"{self.rate:g}",
            "--seconds": f"{self.seconds:g}",
            "--warm-up": f"{self.warm_up:g}",
            "--connections": str(self.connections),
            "--cold-starts": str(self.cold_starts),
        }
        return {name: value for name, value in values.items() if value}
