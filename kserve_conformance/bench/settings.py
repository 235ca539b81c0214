"""What one benchmark run was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from kserve_conformance.bench.table import Planned


@dataclass(frozen=True)
class Settings:
    """`planned` are the scenarios with all their parameters; `named` those that were asked for by name, `changes` the
    parameters that this run wanted otherwise."""

    target: Literal["embedded", "kind", "cluster"]
    context: str
    kubeconfig: str
    stack: str
    planned: tuple[Planned, ...]
    run_id: str
    folder: Path
    quick: bool = False
    named: tuple[str, ...] = ()
    changes: Mapping[str, Any] = field(default_factory=dict)

    def shown(self) -> Mapping[str, str]:
        """As a report shows them; nothing that was left empty."""
        values = {
            "--target": self.target,
            "--context": self.context,
            "--kubeconfig": self.kubeconfig,
            "--stack": self.stack if self.target == "embedded" else "",
            "--quick": "a reduced table, whose figures are less sure" if self.quick else "",
            "--scenario": " ".join(self.named),
            **{f"--{name.replace('_', '-')}": f"{value:g}" for name, value in self.changes.items()},
        }
        return {name: value for name, value in values.items() if value}
