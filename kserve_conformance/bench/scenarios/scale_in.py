"""From the last answer to zero: how long idle pods stay, and how long the configuration says they should."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from kserve_conformance.bench.subject import Place
from kserve_conformance.checks.deadlines import STATISTICS, Deadlines
from kserve_conformance.kube import kinds
from kserve_conformance.kube.objects import labels_of
from kserve_conformance.kube.service import LABEL
from kserve_conformance.kube.watching import Change, watching
from kserve_conformance.load import statistics
from kserve_conformance.load.result import NEVER, Figure, Scenario

TIMES = "times.json"


@dataclass(frozen=True)
class Parameters:
    """So many services with one pod each, asked once at about the same time and then left alone."""

    services: int = 6


def run(place: Place, parameters: Parameters, folder: Path) -> Iterator[Scenario]:
    within = place.deadlines
    with ExitStack() as deployed:
        services = [
            deployed.enter_context(place.deployed(f"bench-idle-{number}", min_replicas=0))
            for number in range(parameters.services)
        ]
        with watching(place.platform.client, place.namespace, (kinds.DEPLOYMENT,)) as watched:
            ended = {each.name: place.ask(each, each.host).done for each in services}
            longest = within.idle_to_zero - (time.monotonic() - max(ended.values()))
            watched.wait(lambda changes: len(at_zero(changes, ended)) == len(ended), within=longest)
    times = at_zero(watched.changes, ended)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / TIMES).write_text(json.dumps(times, indent=1) + "\n", encoding="utf-8")
    yield summary(list(times.values()), parameters, within)


def at_zero(changes: Sequence[Change], ended: Mapping[str, float]) -> Mapping[str, float]:
    """Seconds from the end of a service's last request, monotonic in `ended`, to its Deployment's wish for no pod."""
    found: dict[str, float] = {}
    for each in changes:
        name = labels_of(each.obj).get(LABEL, "")
        if name in ended and each.at > ended[name] and each.obj["spec"].get("replicas", 1) == 0:
            found.setdefault(name, each.at - ended[name])
    return found


def summary(times: Sequence[float], said: Parameters, configured: Deadlines) -> Scenario:
    """Services that did not get there count as endless."""
    ascending = sorted(times) + [math.inf] * (said.services - len(times))
    middle = statistics.quantile(ascending, 0.5)
    timings = configured.timings
    # The grace period may be over long before: it begins when the activator comes into the path.
    least = timings.stable_window - STATISTICS + timings.pod_retention
    most = configured.idle_decided
    note = f"configured: {least:g} to {most:g} s"
    figures = [
        Figure("time to zero", None, "s", note=f"{NEVER}: {said.services - len(times)} services kept a pod")
        if math.isinf(middle.value)
        else Figure("time to zero", middle.value, "s", middle.low, middle.high, note, tuple(times), "lower"),
        Figure("kept a pod", said.services - len(times), "", better="lower"),
        Figure("earlier than configured", sum(each < least for each in times), "", better="lower"),
        Figure("later than configured", sum(each > most for each in ascending), "", better="lower"),
    ]
    return Scenario(
        name="scale-in",
        load=f"{said.services} services with one pod each, one request, then none",
        figures=tuple(figures),
    )
