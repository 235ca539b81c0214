"""What each part of the way to the model server costs: the same question, straight to the pod and through ever more.

The rungs take turns in every round, backwards in every second one, and only differences within a round are taken: what
changes on the machine in the course of the run is in both sides of them.
"""

from __future__ import annotations

import math
import socket
import statistics as plain
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kserve_conformance.bench.subject import Place
from kserve_conformance.kube import kinds
from kserve_conformance.kube.client import Obj
from kserve_conformance.kube.service import LABEL, Service
from kserve_conformance.kube.waiting import eventually
from kserve_conformance.load import generator, measure, repetitions, statistics, validity
from kserve_conformance.load.generator import Load
from kserve_conformance.load.plan import Plan
from kserve_conformance.load.recorder import Outcome
from kserve_conformance.load.result import Figure, Scenario, latency_figure

POD, QUEUE_PROXY, GATEWAY, ACTIVATOR, STANDARD = "pod", "queue proxy", "gateway", "activator", "standard"
# What is dearer, what it is compared with, and what the difference is called.
STEPS = (
    (QUEUE_PROXY, POD, "queue proxy adds"),
    (GATEWAY, QUEUE_PROXY, "gateway adds"),
    (ACTIVATOR, GATEWAY, "activator adds"),
    (GATEWAY, STANDARD, "Knative adds to Standard mode"),
)
# Of container ports (kserve pkg/constants; serving pkg/apis/networking, BackendHTTPPortName "queue-port").
USER_PORT, QUEUE_PORT = 8080, 8012
REACHED_WITHIN = 2.0  # seconds; a pod network that can be reached at all answers at once
BURST_CAPACITY = "autoscaling.knative.dev/target-burst-capacity"  # 0: never the activator; -1: always
MODE = {"serving.kserve.io/deploymentMode": "RawDeployment"}  # the word that all versions of KServe know


@dataclass(frozen=True)
class Parameters:
    """Each rung `rounds` times for `seconds` at `rate` requests a second, after `warm_up`."""

    rate: float = 100.0
    seconds: float = 1.5
    warm_up: float = 0.3
    rounds: int = 5


def run(place: Place, parameters: Parameters, folder: Path) -> Iterator[Scenario]:
    """After each round."""
    with ExitStack() as deployed:
        rungs = _rungs(place, parameters, deployed)
        rounds: list[Mapping[str, Load]] = []
        for number in range(1, parameters.rounds + 1):
            names = list(rungs) if number % 2 else list(rungs)[::-1]
            rounds.append(
                {name: generator.run(rungs[name], folder / f"{number}-{name.replace(' ', '-')}") for name in names}
            )
            yield summary(rounds, parameters)


def _rungs(place: Place, said: Parameters, deployed: ExitStack) -> Mapping[str, Plan]:
    """Those that can be climbed from here; a pod's address cannot be reached from outside of most clusters."""

    def plan(name: str, service: Service, **fields: Any) -> Plan:
        fields |= {"rate": said.rate, "seconds": said.seconds, "warm_up": said.warm_up, "arrivals": "constant"}
        return place.plan(service, name=name, **fields)

    def service(name: str, annotations: Mapping[str, str]) -> Service:
        return deployed.enter_context(
            place.deployed(f"bench-{name}", min_replicas=1, max_replicas=1, annotations=annotations)
        )

    straight, proxied = service("straight", {BURST_CAPACITY: "0"}), service("proxied", {BURST_CAPACITY: "-1"})
    standard = service(STANDARD, MODE)
    for each, mode in ((straight, "Serve"), (proxied, "Proxy")):
        _in_mode(place, each, mode)
    pod = place.platform.client.list(kinds.POD, place.namespace, {LABEL: straight.name})
    rungs: dict[str, Plan] = {}
    for name, port in ((POD, _port(pod[0], "kserve-container", USER_PORT)), (QUEUE_PROXY, QUEUE_PORT)):
        address = str(pod[0]["status"]["podIP"])
        if _reached(address, port):
            rungs[name] = plan(name, straight, address=address, port=port)
    rungs[GATEWAY] = plan(GATEWAY, straight)
    rungs[ACTIVATOR] = plan(ACTIVATOR, proxied)
    rungs[STANDARD] = plan(STANDARD, standard)
    return rungs


def _in_mode(place: Place, service: Service, mode: str) -> None:
    """Whether the activator is in the path is what Knative's own object says, not what was asked for."""

    def said() -> list[str]:
        found = place.platform.client.list(kinds.SERVERLESS_SERVICE, place.namespace)
        return [str(each["spec"]["mode"]) for each in found if each["metadata"]["name"] in service.revisions()]

    within = place.deadlines.load_noticed
    eventually(f"{service} to have its activator in mode {mode}", said, until=lambda it: it == [mode], within=within)


def _port(pod: Obj, container: str, default: int) -> int:
    """The first that the container names."""
    found = (each for each in pod["spec"]["containers"] if each["name"] == container)
    return next((int(port["containerPort"]) for each in found for port in each.get("ports") or ()), default)


def _reached(address: str, port: int) -> bool:
    with suppress(OSError), socket.create_connection((address, port), REACHED_WITHIN):
        return True
    return False


def summary(rounds: Sequence[Mapping[str, Load]], said: Parameters) -> Scenario:
    """The median of each rung, and what each step adds to it."""
    medians = {name: [_median(each[name]) for each in rounds] for name in rounds[0]}
    reasons = [
        f"round {number}, {name}: {why}"
        for number, each in enumerate(rounds, 1)
        for name, load in each.items()
        for why in validity.reasons(measure.open_loop(load))
    ]
    if len(rounds) < said.rounds:
        reasons.append(f"only {len(rounds)} of {said.rounds} rounds were measured")
    return Scenario(
        name="overhead",
        load=f"{said.rounds} rounds of {said.seconds:g} s at {said.rate:g}/s on each rung, constant, rungs in turn",
        figures=(
            *_steps(medians),
            *(figure for name, values in medians.items() for figure in _rung(name, values, rounds)),
            *_account(rounds),
        ),
        valid=not reasons,
        why="; ".join(reasons),
    )


def _steps(medians: Mapping[str, Sequence[float | None]]) -> Iterator[Figure]:
    for dear, cheap, name in STEPS:
        if dear not in medians or cheap not in medians:
            yield Figure(name, None, "ms", note="the pod's address cannot be reached from here", better="lower")
            continue
        pairs = list(zip(medians[dear], medians[cheap], strict=True))
        found = tuple(a - b for a, b in pairs if a is not None and b is not None)
        if len(found) < len(pairs):
            yield Figure(name, None, "ms", note="answers were lost, so that there is no median", better="lower")
            continue
        low, high = repetitions.interval(found, differences=True) or (None, None)
        yield Figure(name, plain.median(found), "ms", low, high, repeats=found, better="lower")


def _rung(name: str, medians: Sequence[float | None], rounds: Sequence[Mapping[str, Load]]) -> Iterator[Figure]:
    """The median over the rounds; the p99 of all of them together, since one round has too few samples for it."""
    known = tuple(each for each in medians if each is not None)
    if len(known) == len(medians):
        low, high = repetitions.interval(known) or (None, None)
        yield Figure(f"{name} p50", plain.median(known), "ms", low, high, repeats=known)
    rows = [row for each in rounds for row in each[name].measured]
    right = sorted(row.latency if row.outcome == Outcome.RIGHT else math.inf for row in rows)
    tail = latency_figure(f"{name} p99", statistics.quantile(right, 0.99))
    yield replace(tail, better="")


def _account(rounds: Sequence[Mapping[str, Load]]) -> Iterator[Figure]:
    accounts = [measure.open_loop(load).account for each in rounds for load in each.values()]
    yield Figure("lost", sum(each.lost for each in accounts), "", better="lower")
    yield Figure("planned", sum(each.planned for each in accounts), "")


def _median(load: Load) -> float | None:
    """Milliseconds; None when more than half had no right answer."""
    value = measure.open_loop(load).of(0.5).value
    return None if value == math.inf else value * 1e3
