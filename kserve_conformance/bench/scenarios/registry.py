"""Every kind of scenario by the name that `manifests/scenarios/` uses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kserve_conformance.bench.scenarios import (
    cold_start,
    disturbed,
    knee,
    ladder,
    latency,
    payload,
    recovery,
    rollout,
    scale_in,
    scale_out,
    throughput,
)
from kserve_conformance.bench.subject import Place
from kserve_conformance.load.result import Scenario


@dataclass(frozen=True)
class Kind:
    """`run` gives what is known so far whenever more is; the last of it is the result.

    `parameters` is a frozen dataclass whose fields have defaults. What `run` measures it leaves in the folder, too.
    """

    parameters: type[Any]
    run: Callable[[Place, Any, Path], Iterator[Scenario]]


KINDS: Mapping[str, Kind] = {
    "latency": Kind(latency.Parameters, latency.run),
    "throughput": Kind(throughput.Parameters, throughput.run),
    "knee": Kind(knee.Parameters, knee.run),
    "ladder": Kind(ladder.Parameters, ladder.run),
    "payload": Kind(payload.Parameters, payload.run),
    "cold-start": Kind(cold_start.Parameters, cold_start.run),
    "scale-out": Kind(scale_out.Parameters, scale_out.run),
    "scale-in": Kind(scale_in.Parameters, scale_in.run),
    "recovery": Kind(recovery.Parameters, recovery.run),
    "rollout": Kind(disturbed.Parameters, rollout.run),
}
