"""The pod autoscaler's decisions, worked out by hand from serving pkg/autoscaler/scaling/autoscaler.go."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kserve_conformance.embedded.autoscaler.config import Scaling, scaling, seconds
from kserve_conformance.embedded.autoscaler.kpa import Decision, Kpa


def autoscaler(limit: int = 0, **annotations: str) -> dict[str, Any]:
    named = {f"autoscaling.knative.dev/{name.replace('_', '-')}": text for name, text in annotations.items()}
    return {
        "metadata": {"name": "rev", "namespace": "ns", "annotations": named},
        "spec": {"containerConcurrency": limit, "reachability": "Reachable"},
    }


def facts(**annotations: str) -> Scaling:
    return scaling(autoscaler(**annotations), None)


def loaded(kpa: Kpa, value: float, *, start: int, end: int) -> None:
    for at in range(start, end):
        kpa.record(value, now=float(at))


def test_no_data_is_no_decision():
    assert Kpa(facts()).decide(ready=1, now=0.0) is None


@pytest.mark.parametrize(
    ("annotations", "limit", "target"),
    [
        ({}, 0, 70.0),  # default 100 at 70 %
        ({}, 10, 7.0),  # the hard limit takes the default's place
        ({"target": "2"}, 0, 1.4),  # 70 % of an explicit target, too
        ({"target": "20"}, 10, 7.0),  # never above the hard limit
        ({"target": "5", "metric": "rps"}, 0, 3.5),
        ({"metric": "rps"}, 0, 140.0),
        ({"target": "10", "target_utilization_percentage": "50"}, 0, 5.0),
    ],
)
def test_target(annotations, limit, target):
    assert scaling(autoscaler(limit, **annotations), None).target == pytest.approx(target)


def test_steady_load_is_divided_by_the_target():
    kpa = Kpa(facts(target="10"))
    loaded(kpa, 20.0, start=0, end=60)
    assert kpa.decide(ready=3, now=59.0) == Decision(3, -201)  # ceil(20 / 7); 3 x 10 - 211 - 20


def test_a_burst_is_met_in_the_panic_window_and_not_given_up_in_it():
    kpa = Kpa(facts(target="10"))
    loaded(kpa, 0.0, start=0, end=60)
    loaded(kpa, 70.0, start=60, end=66)
    burst = kpa.decide(ready=1, now=65.0)
    assert burst is not None
    assert burst.desired == 10  # six panic seconds at 70, while the stable average is 7 and would want one pod
    loaded(kpa, 0.0, start=66, end=80)
    calm = kpa.decide(ready=10, now=79.0)
    assert calm is not None
    assert calm.desired == 10


def test_without_panic_the_stable_window_alone_decides():
    kpa = Kpa(facts(target="10"))
    loaded(kpa, 0.0, start=0, end=60)
    loaded(kpa, 70.0, start=60, end=66)
    decision = kpa.decide(ready=1, now=65.0, may_panic=lambda: False)
    assert decision is not None
    assert decision.desired == 1


def test_scale_down_halves_at_most():
    kpa = Kpa(facts(target="10"))
    loaded(kpa, 1.0, start=0, end=60)
    decision = kpa.decide(ready=10, now=59.0)
    assert decision is not None
    assert decision.desired == 5


def test_activation_scale_lifts_the_first_pods():
    kpa = Kpa(facts(target="10", activation_scale="4"))
    kpa.record(1.0, now=0.0)
    decision = kpa.decide(ready=0, now=0.0)
    assert decision is not None
    assert decision.desired == 4


@pytest.mark.parametrize(("capacity", "excess"), [("0", 0), ("-1", -1), ("5", 4)])
def test_excess_burst_capacity(capacity, excess):
    kpa = Kpa(facts(target="10", target_burst_capacity=capacity))
    kpa.record(1.0, now=0.0)
    decision = kpa.decide(ready=1, now=0.0)
    assert decision is not None
    assert decision.excess_burst_capacity == excess


def test_an_unreachable_revision_has_no_minimum():
    unreachable = autoscaler(min_scale="3")
    unreachable["spec"]["reachability"] = "Unreachable"
    assert scaling(autoscaler(min_scale="3"), None).min_scale == 3
    assert scaling(unreachable, None).min_scale == 0


def test_configuration_changes_take_effect():
    kpa = Kpa(facts(target="10"))
    kpa.record(20.0, now=0.0)
    kpa.configure(replace(kpa.scaling, target=1.0))
    decision = kpa.decide(ready=20, now=0.0)
    assert decision is not None
    assert decision.desired == 20


@pytest.mark.parametrize(("text", "value"), [("6s", 6), ("1m30s", 90), ("1h", 3600), ("500ms", 0.5), ("0", 0)])
def test_durations(text, value):
    assert seconds(text) == value


def test_a_wrong_duration_is_refused():
    with pytest.raises(ValueError, match="not a duration"):
        seconds("6 seconds")
