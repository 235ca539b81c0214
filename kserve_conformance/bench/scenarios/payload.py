"""The same rows asked for in either protocol and in requests of several sizes, every answer checked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kserve_conformance.bench.scenarios import rounds
from kserve_conformance.bench.scenarios.rounds import Medians, Round
from kserve_conformance.bench.subject import Place, Subject
from kserve_conformance.inference.requests import infer_path, predict_path
from kserve_conformance.load.plan import Plan
from kserve_conformance.load.result import Scenario, Series


@dataclass(frozen=True)
class Parameters:
    """`rows` of each request, each size in each protocol `rounds` times for `seconds` at `rate` requests a second."""

    rows: tuple[int, ...] = (1, 256)
    rate: float = 40.0
    seconds: float = 2.0
    warm_up: float = 0.3
    rounds: int = 4


def run(place: Place, parameters: Parameters, folder: Path) -> Iterator[Scenario]:
    """After each round."""
    for found in rounds.carried_out(_plans(place, parameters), parameters.rounds, folder):
        yield summary(found, parameters)


def _plans(place: Place, said: Parameters) -> Mapping[str, Plan]:
    service = place.warm
    common: dict[str, Any] = {
        "rate": said.rate,
        "seconds": said.seconds,
        "warm_up": said.warm_up,
        "arrivals": "constant",
    }
    plans = {}
    for count in said.rows:
        for protocol, path, (body, expected) in (
            ("V1", predict_path(service), v1(place.subject, count)),
            ("V2", infer_path(service), v2(place.subject, count)),
        ):
            name = _name(protocol, count)
            plans[name] = place.plan(service, name=name, path=path, body=body, expected=expected, **common)
    return plans


def v1(subject: Subject, count: int) -> tuple[str, Mapping[str, Any]]:
    """So many rows of the subject's question, over and over again, and the right answer."""
    instances, predictions = _repeated(subject, count)
    return json.dumps({"instances": instances}), {"predictions": predictions}


def v2(subject: Subject, count: int) -> tuple[str, Mapping[str, Any]]:
    """The same in the Open Inference Protocol; how the output is called is the model server's choice."""
    instances, predictions = _repeated(subject, count)
    shape = [count, len(instances[0])]
    tensor = {"name": "input-0", "shape": shape, "datatype": "FP32", "data": instances}
    return json.dumps({"inputs": [tensor]}), {"outputs": [{"shape": [count], "data": predictions}]}


def _repeated(subject: Subject, count: int) -> tuple[list[Any], list[Any]]:
    instances, predictions = json.loads(subject.body)["instances"], subject.golden["predictions"]
    of = range(count)
    return [instances[n % len(instances)] for n in of], [predictions[n % len(predictions)] for n in of]


def _name(protocol: str, count: int) -> str:
    return f"{protocol} {count} rows" if count > 1 else f"{protocol} 1 row"


def summary(found: Sequence[Round], said: Parameters) -> Scenario:
    """The median of each protocol and size, and what V2 adds to V1 at each size."""
    medians = rounds.medians(found)
    why = rounds.reasons(found, said.rounds)
    both = [(count, _name("V1", count), _name("V2", count)) for count in said.rows]
    return Scenario(
        name="payload",
        load=f"{said.rounds} rounds of {said.seconds:g} s at {said.rate:g}/s each, constant, in turn",
        figures=(
            *(replace(rounds.middle(name, medians[name]), better="lower") for name in medians),
            *(
                replace(rounds.difference(f"V2 adds with {count}", medians[new], medians[old]), better="")
                for count, old, new in both
            ),
            *(rounds.tail(name, found) for name in medians),
            *rounds.account(found),
        ),
        valid=not why,
        why="; ".join(why),
        series=tuple(
            Series(f"{protocol} p50 by rows", "ms", _curve(protocol, said, medians)) for protocol in ("V1", "V2")
        ),
    )


def _curve(protocol: str, said: Parameters, medians: Medians) -> tuple[tuple[float, float], ...]:
    middles = [(count, rounds.middle("", medians[_name(protocol, count)]).value) for count in said.rows]
    return tuple((float(count), round(value, 3)) for count, value in middles if value is not None)
