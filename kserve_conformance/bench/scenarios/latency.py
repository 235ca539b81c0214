"""An open loop at a fixed rate on a service that is warm."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kserve_conformance.bench.subject import Place
from kserve_conformance.load import scenarios
from kserve_conformance.load.result import Scenario


@dataclass(frozen=True)
class Parameters:
    """`rate` in requests a second; `seconds` measured after `warm_up`. `seed` is of the Poisson arrivals."""

    rate: float = 100.0
    seconds: float = 5.0
    warm_up: float = 1.0
    seed: int = 1


def run(place: Place, parameters: Parameters, folder: Path) -> Iterator[Scenario]:
    said = parameters
    plan = place.plan(
        place.warm, rate=said.rate, seconds=said.seconds, warm_up=said.warm_up, seed=said.seed, name="latency"
    )
    yield scenarios.latency(plan, folder)
