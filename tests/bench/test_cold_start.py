"""Splitting a cold start into stages, and telling it from a warm one: made-up events whose truth is known."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from kserve_conformance.bench.scenarios import cold_start as cold_starts
from kserve_conformance.bench.scenarios.cold_start import Parameters, Start
from kserve_conformance.kube import kinds
from kserve_conformance.kube.client import Kind
from kserve_conformance.kube.watching import Change
from kserve_conformance.timeline import cold_start as subject

ADDRESS = "10.0.0.7"
UID = "pod-1"


def change(at: float, kind: Kind, type_: str, **obj: Any) -> Change:
    return Change(at, kind, type_, {"metadata": {"name": "x", "uid": UID}, **obj})


def deployment(at: float, replicas: int) -> Change:
    return change(at, kinds.DEPLOYMENT, "MODIFIED", spec={"replicas": replicas})


def pod(at: float, *true: str, type_: str = "MODIFIED", init: str = "waiting", server: str = "waiting") -> Change:
    status = {
        "podIP": ADDRESS,
        "conditions": [{"type": kind, "status": "True"} for kind in true],
        "initContainerStatuses": [{"name": "storage-initializer", "state": {init: {}}}],
        "containerStatuses": [
            {"name": "queue-proxy", "state": {"running": {}}},
            {"name": "kserve-container", "state": {server: {}}},
        ],
    }
    return change(at, kinds.POD, type_, status=status)


def offer(at: float, *, ready: bool, address: str = ADDRESS) -> Change:
    endpoints = [{"addresses": [address], "conditions": {"ready": ready}}]
    return change(at, kinds.ENDPOINT_SLICE, "MODIFIED", endpoints=endpoints)


def events(sent: float) -> list[Change]:
    """Ends of stages 0.1, 0.2, 0.3 ... seconds after the request."""
    done = ("PodScheduled", "Initialized")
    return [
        deployment(sent + 0.02, 0),
        deployment(sent + 0.1, 1),
        pod(sent + 0.2, type_="ADDED"),
        pod(sent + 0.3, "PodScheduled"),
        pod(sent + 0.4, "PodScheduled", init="running"),
        pod(sent + 0.45, "PodScheduled", init="terminated"),
        pod(sent + 0.5, *done, init="terminated"),
        pod(sent + 0.6, *done, init="terminated", server="running"),
        offer(sent + 0.65, ready=False),
        offer(sent + 0.66, ready=True, address="10.0.0.99"),
        pod(sent + 0.7, *done, "Ready", init="terminated", server="running"),
        offer(sent + 0.8, ready=True),
    ]


SENT = 1000.0
DONE = SENT + 0.9
EVENTS = events(SENT)


def without(stage: str) -> dict[str, float]:
    return {name: at for name, at in subject.sightings(EVENTS).items() if name != stage}


def test_every_stage_is_found_and_they_add_up() -> None:
    split = subject.split(subject.sightings(EVENTS), sent=SENT, done=DONE)
    assert list(split.stages) == list(subject.STAGES)
    assert list(split.stages.values()) == pytest.approx([0.1] * 9)
    assert split.total == pytest.approx(0.9)
    assert split.residual == pytest.approx(0)
    assert subject.all_seen(EVENTS)
    assert not subject.all_seen(EVENTS[:-1])


def test_what_was_not_seen_is_residual_and_not_a_guess() -> None:
    split = subject.split(without("schedule"), sent=SENT, done=DONE)
    assert set(subject.STAGES) - set(split.stages) == {"schedule", "prepare"}
    assert split.residual == pytest.approx(0.2)
    assert sum(split.stages.values()) + split.residual == pytest.approx(split.total)


def test_what_came_after_the_answer_did_not_delay_it() -> None:
    split = subject.split(subject.sightings(EVENTS), sent=SENT, done=SENT + 0.75)
    assert set(subject.STAGES) - set(split.stages) == {"publish", "answer"}
    assert split.residual == pytest.approx(0.05)


def test_cause_seen_after_its_effect_takes_no_time() -> None:
    seen = {**subject.sightings(EVENTS), "decide": SENT + 0.25}
    split = subject.split(seen, sent=SENT, done=DONE)
    assert split.stages["decide"] == pytest.approx(0.25)
    assert split.stages["create pod"] == 0
    assert split.stages["schedule"] == pytest.approx(0.05)


def test_another_pod_counts_for_nothing() -> None:
    other = [replace(each, obj={**each.obj, "metadata": {"uid": "pod-2"}}) for each in EVENTS if each.kind == kinds.POD]
    assert subject.sightings([*EVENTS, *other]) == subject.sightings(EVENTS)


def warm(**said: Any) -> str:
    facts = {"before": [], "changes": EVENTS, "sent": SENT, "known": frozenset(), "answered": True}
    return subject.why_warm(**{**facts, **said})


def test_a_cold_start_is_proved_cold() -> None:
    assert warm() == ""


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"before": [{"metadata": {"uid": "old"}}]}, "1 pods were there when the request was sent"),
        ({"sent": SENT + 0.3}, "its pod was there 100 ms before the request was sent"),
        ({"known": frozenset({UID})}, "its pod had been seen before"),
        ({"changes": []}, "it was answered, but no pod was created"),
    ],
)
def test_a_start_that_may_have_been_warm_is_none(said: dict[str, Any], why: str) -> None:
    assert warm(**said) == why


def test_a_start_that_failed_is_not_a_warm_one() -> None:
    assert warm(changes=[], answered=False) == ""


def start(total: float | None, warm: str = "") -> Start:
    split = None if total is None else subject.split({}, sent=0, done=total)
    return Start(split=split, answer="", warm=warm)


def test_series_counts_what_it_discards_and_keeps_what_failed() -> None:
    starts = [start(0.1 * n) for n in range(1, 9)] + [start(None), start(None), start(0.001, "was warm")]
    scenario = cold_starts.summary(starts, Parameters(starts=10), [0.001, 0.002])
    assert scenario.valid
    assert scenario.figure("cold").value == 10
    assert scenario.figure("discarded as warm").value == 1
    assert scenario.figure("without a right answer").value == 2
    assert scenario.figure("p50").value == pytest.approx(500)  # of ten, though two have no end
    assert scenario.figure("slowest").value is None
    assert scenario.figure("fastest").value == pytest.approx(100)
    assert "n too small" in scenario.figure("p90").note
    assert scenario.figure("p50").repeats == ()
    assert {stage.samples for stage in scenario.stages} == {0}


def test_two_runs_are_compared_by_each_of_their_starts() -> None:
    starts = [start(0.3), start(0.001, "was warm"), start(0.1), start(0.2)]
    median = cold_starts.summary(starts, Parameters(starts=3), []).figure("p50")
    assert median.repeats == pytest.approx((100, 200, 300))
    assert median.better == "lower"


def test_too_few_cold_starts_are_no_measurement() -> None:
    scenario = cold_starts.summary([start(0.1), start(0.1, "was warm")], Parameters(starts=2), [])
    assert not scenario.valid
    assert scenario.why == "only 1 of 2 starts were proved cold"
    assert "n too small" in scenario.figure("p50").note


def test_stage_has_bounds_only_with_samples_enough() -> None:
    seen = subject.split(subject.sightings(EVENTS), sent=SENT, done=DONE)
    one = Start(split=seen, answer="", warm="")
    few, many = (cold_starts.summary([one] * count, Parameters(starts=count), []).stages[0] for count in (4, 6))
    assert (few.low, few.high, few.samples) == (None, None, 4)
    assert many.low == pytest.approx(0.1)
    assert not math.isnan(many.high or math.nan)


def test_largest_stage_is_named() -> None:
    """Each takes 0.1 s of 0.9 s, but for the model, which takes 0.4 s more."""
    late = {
        name: at + (0.4 if name in ("load model", "publish") else 0) for name, at in subject.sightings(EVENTS).items()
    }
    one = Start(split=subject.split(late, sent=SENT, done=DONE + 0.4), answer="", warm="")
    found = cold_starts.summary([one], Parameters(starts=1), []).figure("largest stage")
    assert found.note == "load model"
    assert found.value == pytest.approx(100 * 0.5 / 1.3)


def test_a_burst_tells_its_first_answer_from_its_last() -> None:
    starts = [replace(start(2.0), first=0.1 * n) for n in range(1, 8)]
    scenario = cold_starts.summary(starts, Parameters(starts=7, burst=8), [])
    assert scenario.figure("p50").value == pytest.approx(2000)
    assert scenario.figure("first answer p50").value == pytest.approx(400)
    assert "8 requests at once" in scenario.load
