"""What each part of the way to the model server costs: the same question, straight to the pod and through ever more.

The rungs take turns in every round, backwards in every second one, and only differences within a round are taken: what
changes on the machine in the course of the run is in both sides of them.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kserve_conformance.bench.scenarios import rounds
from kserve_conformance.bench.scenarios.rounds import Medians, Round
from kserve_conformance.bench.subject import Place
from kserve_conformance.kube import kinds
from kserve_conformance.kube.client import Obj
from kserve_conformance.kube.service import LABEL, Service
from kserve_conformance.kube.waiting import eventually
from kserve_conformance.load.plan import Plan
from kserve_conformance.load.result import Figure, Scenario

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
        for found in rounds.carried_out(rungs, parameters.rounds, folder):
            yield summary(found, parameters)


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


def summary(found: Sequence[Round], said: Parameters) -> Scenario:
    """The median of each rung, and what each step adds to it."""
    medians = rounds.medians(found)
    why = rounds.reasons(found, said.rounds)
    return Scenario(
        name="overhead",
        load=f"{said.rounds} rounds of {said.seconds:g} s at {said.rate:g}/s on each rung, constant, rungs in turn",
        figures=(
            *(_step(medians, dear, cheap, name) for dear, cheap, name in STEPS),
            *(figure for name in medians for figure in (rounds.middle(name, medians[name]), rounds.tail(name, found))),
            *rounds.account(found),
        ),
        valid=not why,
        why="; ".join(why),
    )


def _step(medians: Medians, dear: str, cheap: str, name: str) -> Figure:
    if dear not in medians or cheap not in medians:
        return Figure(name, None, "ms", note="the pod's address cannot be reached from here", better="lower")
    return rounds.difference(name, medians[dear], medians[cheap])
