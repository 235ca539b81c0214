"""A pod is deleted under load: what the users notice, and for how long."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kserve_conformance.bench.scenarios import disturbed
from kserve_conformance.bench.subject import Place
from kserve_conformance.load.recorder import Outcome, Row
from kserve_conformance.load.result import Scenario


@dataclass(frozen=True)
class Parameters(disturbed.Parameters):
    """The pod that is deleted is one of `replicas`."""

    replicas: int = 1


def run(place: Place, parameters: Parameters, folder: Path) -> Iterator[Scenario]:
    """Raises BrokenPromise when there is no pod to delete."""
    said = parameters
    with place.deployed("bench-recovery", min_replicas=said.replicas, max_replicas=said.replicas) as service:
        place.all_ready(service, said.replicas)
        plan = place.plan(service, rate=said.rate, seconds=said.seconds, warm_up=said.warm_up, seed=said.seed)
        seen = disturbed.load(place, service, plan, folder, act=service.delete_pod, quiet=said.quiet)
    yield Scenario(
        name="recovery",
        load=f"{said.rate:g}/s open, poisson, {said.seconds:g} s; after {said.quiet:g} s a pod is deleted,"
        f" with {said.replicas} there",
        figures=(
            *disturbed.figures(seen, answered=right, factor=said.factor),
            disturbed.new_pod_ready(seen),
        ),
        valid=not seen.why,
        why="; ".join(seen.why),
        series=(disturbed.tails(seen, right),),
    )


def right(row: Row) -> bool:
    return row.outcome == Outcome.RIGHT
