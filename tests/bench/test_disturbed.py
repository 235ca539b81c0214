"""What a load noticed of a disturbance: made-up requests and events whose truth is known."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pytest

from kserve_conformance.bench.scenarios import disturbed, ladder, recovery, rollout, rounds, scale_in, scale_out
from kserve_conformance.checks.deadlines import REHEARSAL, Deadlines
from kserve_conformance.kube import kinds
from kserve_conformance.kube.client import Kind
from kserve_conformance.kube.service import LABEL
from kserve_conformance.kube.watching import Change
from kserve_conformance.load.generator import Health, Load
from kserve_conformance.load.plan import Plan
from kserve_conformance.load.recorder import Outcome, Row
from kserve_conformance.model import Timings

AT = 1000.0


def row(after: float, *, took: float = 0.01, outcome: Outcome = Outcome.RIGHT, status: int = 200) -> Row:
    """A request `after` seconds from the disturbance."""
    return Row(AT + after, AT + after, 0.0, AT + after + took, status, outcome, 0)


def steady(*, slow_until: float = 0.0, took: float = 0.5) -> list[Row]:
    """100/s from 3 s before to 5 s after; slow for a while from the disturbance on."""
    return [row(n / 100, took=took if 0 <= n / 100 < slow_until else 0.01) for n in range(-300, 500)]


def back(rows: list[Row]) -> float | None:
    return disturbed.back(rows, AT, answered=recovery.right, factor=2).value


def test_a_load_that_noticed_nothing() -> None:
    assert back(steady()) == 0.0
    assert disturbed.silence(steady(), recovery.right, begin=AT - 3) == pytest.approx(0.01)


def test_it_is_back_when_no_later_second_is_worse() -> None:
    assert back(steady(slow_until=1.5)) == 2.0
    assert back(steady(slow_until=5)) is None  # not while the load lasted


def test_a_tail_twice_as_long_is_no_disturbance_yet() -> None:
    assert back(steady(slow_until=5, took=0.0199)) == 0.0
    assert back(steady(slow_until=1, took=0.0201)) == 1.0


def test_a_lost_answer_is_worse_than_any_tail() -> None:
    assert back([*steady(), row(2.5, outcome=Outcome.FAILED, status=0)]) == 3.0


def test_silence_has_a_beginning_and_an_end() -> None:
    """Answered until 1 s, then nothing, then from 3 s on; after 4 s nothing any more, though it was asked for."""
    answers = [row(0.5, took=0), row(1.0, took=0), row(3.0, took=0), row(4.0, took=0)]
    assert disturbed.silence(answers, recovery.right, begin=AT) == pytest.approx(2.0)
    lost = row(5.0, took=3.5, outcome=Outcome.TIMED_OUT, status=0)
    assert disturbed.silence([*answers, lost], recovery.right, begin=AT) == pytest.approx(4.5)
    assert disturbed.silence([lost], recovery.right, begin=AT) == pytest.approx(8.5)


def change(at: float, kind: Kind, uid: str, type_: str = "MODIFIED", **obj: Any) -> Change:
    metadata = {"name": uid, "uid": uid, "labels": {LABEL: uid}, **obj.pop("metadata", {})}
    return Change(AT + at, kind, type_, {"metadata": metadata, **obj})


def pod(at: float, uid: str, *, ready: bool, type_: str = "MODIFIED", **metadata: str) -> Change:
    status = {"conditions": [{"type": "Ready", "status": "True" if ready else "False"}]}
    return change(at, kinds.POD, uid, type_, status=status, metadata=metadata)


def deployment(at: float, replicas: int, uid: str = "d") -> Change:
    return change(at, kinds.DEPLOYMENT, uid, spec={"replicas": replicas})


PODS = [
    pod(-5, "old", ready=True, type_="ADDED"),
    pod(0.1, "old", ready=True, deletionTimestamp="now"),
    pod(0.2, "new", ready=False, type_="ADDED"),
    pod(0.7, "new", ready=True),
    pod(0.9, "old", ready=False, type_="DELETED"),
]


def seen(rows: list[Row]) -> disturbed.Seen:
    plan = Plan("x", "", 0, "/", "", "", arrivals="poisson", seconds=8, rate=100)
    health = Health(AT - 3, 8, 0, 0, 0, 1, "")
    return disturbed.Seen(Load(plan, tuple(rows), health), PODS, AT)


def figures(rows: list[Row]) -> Mapping[str, float | None]:
    found = disturbed.figures(seen(rows), answered=recovery.right, factor=2)
    return {each.name: each.value for each in found}


def test_only_what_came_after_is_blamed_on_the_disturbance() -> None:
    earlier = row(-1.005, outcome=Outcome.FAILED, status=0)
    later = row(1.005, outcome=Outcome.FAILED, status=0)
    assert figures([*steady(), earlier])["lost"] == 0
    assert figures([*steady(), later])["lost"] == 1


def test_a_disturbance_after_the_load_is_no_measurement() -> None:
    assert "no request was to start after the disturbance" in seen([row(-1.0), row(-0.5)]).why
    assert "no request was to start after the disturbance" not in seen(steady()).why


def test_a_pod_that_goes_is_not_ready_any_more_and_the_new_one_is_told_from_it() -> None:
    assert [count for _, count in disturbed.ready(PODS, begin=AT)] == [1, 0, 0, 1, 1]
    assert disturbed.new_pod_ready(seen([])).value == pytest.approx(0.7)


def test_replicas_of_two_revisions_add_up() -> None:
    steps = disturbed.wanted([deployment(0, 1), deployment(1, 2, "e"), deployment(2, 0)], begin=AT)
    assert steps == ((0, 1), (1, 3), (2, 2))


def test_capacity_and_overshoot() -> None:
    steps = ((0.0, 1.0), (2.0, 2.0), (4.0, 7.0), (9.0, 4.0))
    assert scale_out.reached(steps, 3) == 4.0
    assert scale_out.reached(steps, 8) == math.inf
    assert next(scale_out.overshoot(steps)).value == 3
    assert scale_out.stairs(steps[:2], until=5.0) == ((0.0, 1.0), (2.0, 1.0), (2.0, 2.0), (5.0, 2.0))


def test_turnover_is_over_with_the_last_answer_of_the_old_revision() -> None:
    old = [row(at, outcome=Outcome.WRONG) for at in (-1.0, 0.5, 1.5)]
    new = [row(at) for at in (1.0, 1.2, 1.7, 2.0)]
    found = {each.name: each.value for each in rollout.turnover([*old, *new], at=AT)}
    assert found["new revision answers after"] == pytest.approx(1.0)
    assert found["only the new one answers after"] == pytest.approx(1.7)
    assert all(each.endless for each in rollout.turnover(old, at=AT))
    assert [each.endless for each in rollout.turnover([*new, row(3, outcome=Outcome.WRONG)], at=AT)] == [False, True]


def test_an_error_is_no_answer_of_the_old_revision() -> None:
    assert rollout.answered(row(0, outcome=Outcome.WRONG))
    assert not rollout.answered(row(0, outcome=Outcome.WRONG, status=503))
    assert not rollout.answered(row(0, outcome=Outcome.FAILED, status=0))


def test_time_to_zero_begins_with_the_end_of_the_last_request() -> None:
    changes = [deployment(-1, 0, "a"), deployment(5, 0, "a"), deployment(6, 0, "a"), deployment(7, 1, "b")]
    assert scale_in.at_zero(changes, {"a": AT, "b": AT}) == {"a": pytest.approx(5)}


@pytest.mark.parametrize(
    ("times", "early", "late", "kept"),
    [([14.0] * 6, 0, 0, 0), ([3.0, *[14.0] * 5], 1, 0, 0), ([*[14.0] * 5, 60.0], 0, 1, 0), ([14.0] * 5, 0, 1, 1)],
)
def test_time_to_zero_beside_the_configuration(times: list[float], early: int, late: int, kept: int) -> None:
    """A window of 6 s and a grace of 6 s, decided every 2 s: from 5 s to 18 s."""
    configured = Deadlines(Timings(6, 0.6, 6, 0, 2), REHEARSAL)
    scenario = scale_in.summary(times, scale_in.Parameters(services=6), configured)
    assert scenario.figure("earlier than configured").value == early
    assert scenario.figure("later than configured").value == late
    assert scenario.figure("kept a pod").value == kept
    assert scenario.figure("time to zero").note == "configured: 5 to 18 s"


def test_a_difference_is_bounded_as_one() -> None:
    """Of 1, 2 and 3: 2 ± 4.303 / √3, though all of them are above zero."""
    found = rounds.difference("x", [2.0, 4.0, 6.0], [1.0, 2.0, 3.0])
    assert (found.low, found.value, found.high) == pytest.approx((2 - 2.4843, 2, 2 + 2.4843), abs=1e-3)
    assert rounds.difference("x", [2.0, None], [1.0, 2.0]).value is None


def rung(took: float, *, late: int = 0) -> Load:
    """The first so many of its 150 requests were sent 5 ms late."""
    rows = tuple(row(n / 100, took=took) for n in range(150))
    rows = tuple(each._replace(sent=each.sent + 0.005) for each in rows[:late]) + rows[late:]
    plan = Plan("x", "", 0, "/", "", "", arrivals="constant", seconds=1.5, rate=100)
    return Load(plan, rows, Health(AT, 1.5, 0.1, 0, 0, 1, ""))


def test_a_hop_is_found_though_the_machine_gets_slower_from_round_to_round() -> None:
    """Each round is 2 ms slower than the one before, and the gateway costs 1 ms in each."""
    rounds = [
        {"pod": rung(0.002 * n), "queue proxy": rung(0.002 * n + 0.0005), "gateway": rung(0.002 * n + 0.0015)}
        for n in range(1, 6)
    ]
    scenario = ladder.summary(rounds, ladder.Parameters())
    gateway = scenario.figure("gateway adds")
    assert gateway.value == pytest.approx(1.0)
    assert gateway.low == pytest.approx(1.0)
    assert gateway.high == pytest.approx(1.0)
    assert scenario.figure("queue proxy adds").value == pytest.approx(0.5)
    assert "cannot be reached" in scenario.figure("activator adds").note
    assert scenario.figure("pod p50").value == pytest.approx(6)
    assert scenario.valid, scenario.why
    assert not ladder.summary(rounds[:4], ladder.Parameters()).valid


@pytest.mark.parametrize(("late", "valid"), [(2, True), (8, False)])
def test_how_late_the_generator_was_is_judged_over_all_rounds(late: int, valid: bool) -> None:
    """Of 750 samples the p99 is the 743rd: eight that were late are too many, two of one round are not."""
    found = [{"pod": rung(0.01, late=late)}, *({"pod": rung(0.01)} for _ in range(4))]
    assert (rounds.reasons(found, 5) == []) is valid
