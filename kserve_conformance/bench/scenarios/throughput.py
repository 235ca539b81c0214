"""A closed loop on a service that is warm: what it can do, and nobody's latency."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kserve_conformance.bench.subject import Place
from kserve_conformance.load import scenarios
from kserve_conformance.load.result import Scenario


@dataclass(frozen=True)
class Parameters:
    """`connections` users that each send again when their answer is there, `seconds` measured after `warm_up`."""

    connections: int = 16
    seconds: float = 3.0
    warm_up: float = 1.0


def run(place: Place, parameters: Parameters, folder: Path) -> Iterator[Scenario]:
    said = parameters
    plan = place.plan(
        place.warm, seconds=said.seconds, warm_up=said.warm_up, connections=said.connections, name="throughput"
    )
    yield scenarios.throughput(plan, folder)
