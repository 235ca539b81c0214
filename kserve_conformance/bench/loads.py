"""The two loads on a service that is warm: an open loop at a fixed rate, and a closed loop for what it can do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kserve_conformance.bench.settings import Settings
from kserve_conformance.bench.subject import Place
from kserve_conformance.inference.requests import predict_path
from kserve_conformance.kube.service import Service
from kserve_conformance.load import generator, scenarios, statistics
from kserve_conformance.load.plan import Plan
from kserve_conformance.load.recorder import Outcome
from kserve_conformance.load.result import Scenario

# Percentiles a second's worth of samples can carry at 200/s.
PLOTTED = (0.5, 0.95)


def plan(settings: Settings, place: Place, service: Service) -> Plan:
    """Poisson arrivals: users who know nothing of each other."""
    address, _, port = place.platform.ingress.address.rpartition(":")
    return Plan(
        name="latency",
        address=address,
        port=int(port),
        path=predict_path(service),
        host=service.host,
        body=place.subject.body,
        arrivals="poisson",
        rate=settings.rate,
        seconds=settings.seconds,
        warm_up=settings.warm_up,
        expected=place.subject.golden,
    )


def latency(what: Plan, folder: Path) -> tuple[Scenario, Sequence[Mapping[str, Any]]]:
    """With a curve for each plotted percentile, as the report draws them."""
    scenario = scenarios.latency(what, folder)
    load = generator.read(what, folder)
    begin = load.health.start + what.warm_up
    slots: dict[int, list[float]] = {}
    for row in load.measured:
        if row.outcome == Outcome.RIGHT:
            slots.setdefault(int(row.intended - begin), []).append(row.latency)
    curves = [
        {
            "name": f"latency p{q * 100:g} of each second",
            "unit": "ms",
            "points": [
                [second, round(statistics.quantile(sorted(found), q).value * 1e3, 3)]
                for second, found in sorted(slots.items())
                if len(found) >= statistics.needed(q)
            ],
        }
        for q in PLOTTED
    ]
    return scenario, curves
