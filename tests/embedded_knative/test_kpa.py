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
    return scaling(autoscaler(**annotations), {})


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
    assert scaling(autoscaler(limit, **annotations), {}).target == pytest.approx(target)


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
    assert scaling(autoscaler(min_scale="3"), {}).min_scale == 3
    assert scaling(unreachable, {}).min_scale == 0


@pytest.mark.parametrize(
    ("settings", "annotations", "initial"),
    [
        ({}, {}, 1),
        ({"initial-scale": "3"}, {}, 3),
        ({"initial-scale": "3"}, {"initial_scale": "0"}, 3),  # not where the cluster allows no zero
        ({"initial-scale": "3", "allow-zero-initial-scale": "true"}, {"initial_scale": "0"}, 0),
        ({}, {"initial_scale": "5"}, 5),
    ],
)
def test_initial_scale(settings, annotations, initial):
    assert scaling(autoscaler(**annotations), settings).initial_scale == initial


@pytest.mark.parametrize(
    ("window", "percentage", "seconds_of_panic"),
    [("60s", "10", 6), ("6s", "10", 1), ("25s", "10", 3), ("24s", "10", 2), ("60s", "100", 60)],
)
def test_the_panic_window_is_whole_seconds_and_never_none(window, percentage, seconds_of_panic):
    assert facts(window=window, panic_window_percentage=percentage).panic_window == seconds_of_panic


def test_a_new_autoscaler_takes_no_pod_away_until_it_knows_better():
    kpa = Kpa(facts(target="10"), ready=5, now=0.0)
    kpa.record(1.0, now=1.0)
    early = kpa.decide(ready=5, now=2.0)
    assert early is not None
    assert early.desired == 5
    loaded(kpa, 1.0, start=2, end=62)
    later = kpa.decide(ready=5, now=61.0)
    assert later is not None
    assert later.desired == 2  # not below half of what is there


def test_a_single_pod_is_no_reason_to_panic():
    kpa = Kpa(facts(target="10"), ready=1, now=0.0)
    kpa.record(0.0, now=1.0)
    decision = kpa.decide(ready=1, now=2.0)
    assert decision is not None
    assert decision.desired == 0


def test_panic_lasts_a_stable_window_beyond_the_last_burst():
    kpa = Kpa(facts(target="10"))
    loaded(kpa, 40.0, start=0, end=10)
    assert kpa.decide(ready=1, now=9.0) is not None
    assert kpa.panic_since == 9.0
    loaded(kpa, 0.0, start=10, end=71)
    kpa.decide(ready=6, now=69.0)
    assert kpa.panic_since == 9.0
    kpa.decide(ready=6, now=69.5)
    assert kpa.panic_since is None


def test_no_news_is_no_traffic_where_the_activator_is_always_in_the_path():
    assert Kpa(facts(target_burst_capacity="-1")).decide(ready=1, now=5.0) == Decision(0, -1)


@pytest.mark.parametrize(
    ("capacity", "initial", "excess"),
    [("211", "1", -111), ("211", "3", 89), ("0", "1", 0), ("-1", "1", -1)],
)
def test_before_anything_is_known_the_initial_scale_is_what_there_is(capacity, initial, excess):
    assert Kpa(facts(target_burst_capacity=capacity, initial_scale=initial)).first() == Decision(-1, excess)


@pytest.mark.parametrize(
    ("load", "ready", "up", "desired"),
    [
        (1000.0, 1, "10", 10),  # at most ten times what is there
        (3.0, 2, "1.1", 3),  # and always one more than what is there
        (1000.0, 0, "10", 10),  # none counts as one
    ],
)
def test_growth_is_limited(load, ready, up, desired):
    settings = {"max-scale-up-rate": up, "container-concurrency-target-percentage": "100"}
    kpa = Kpa(scaling(autoscaler(target="1"), settings))
    kpa.record(load, now=0.0)
    decision = kpa.decide(ready=ready, now=0.0)
    assert decision is not None
    assert decision.desired == desired


def test_scale_down_delay_keeps_the_largest_wish():
    kpa = Kpa(facts(target="10", scale_down_delay="5m", target_utilization_percentage="100", window="6s"))
    kpa.scaling = replace(kpa.scaling, max_scale_down_rate=10.0, panic_threshold=100.0)
    wishes = []
    for at, load in ((2, 40.0), (300, 0.0), (302, 0.0)):
        kpa.record(load, now=float(at))
        decision = kpa.decide(ready=1, now=float(at))
        assert decision is not None
        wishes.append(decision.desired)
    assert wishes == [4, 4, 0]


def test_an_unreachable_revision_is_not_delayed():
    kpa = Kpa(facts(target="10", scale_down_delay="5m"))
    kpa.record(40.0, now=0.0)
    kpa.decide(ready=1, now=0.0)
    kpa.panic_since, kpa.max_panic_pods = None, 0
    kpa.configure(replace(kpa.scaling, reachable=False))
    kpa.record(0.0, now=65.0)
    decision = kpa.decide(ready=6, now=65.0)
    assert decision is not None
    assert decision.desired == 0


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
