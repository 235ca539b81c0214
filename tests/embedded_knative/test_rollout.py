"""Gradual rollout, worked out by hand from serving pkg/reconciler/route/traffic/rollout.go."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kserve_conformance.embedded.controllers import rollout
from kserve_conformance.embedded.controllers.rollout import NANO, Rollout, Share, Steps


def of(*shares: tuple[str, int], steps: Steps = Steps(), configuration: str = "a", tag: str = "") -> Rollout:  # noqa: B008
    return Rollout(configuration, tag, sum(each[1] for each in shares), tuple(Share(*each) for each in shares), steps)


def parts(found: Rollout) -> list[tuple[str, int]]:
    return [(each.revision, each.percent) for each in found.shares]


def test_without_a_past_there_is_nothing_to_move():
    goal = of(("r1", 100))
    assert rollout.stepped([goal], [], 5) == ((goal,), 0)


def test_a_new_revision_begins_with_one_percent():
    [started], at = rollout.stepped([of(("r2", 100))], [of(("r1", 100))], 7)
    assert parts(started) == [("r1", 99), ("r2", 1)]
    assert started.steps == Steps(started=7)
    assert at == 0  # until the gateway has it


@pytest.mark.parametrize(
    ("took", "duration", "percent", "size", "every"),
    [
        (1, 101, 100, 1, 100 / 99),  # more steps than percents: one percent each
        (1, 5, 100, 25, 1.0),  # four steps of a second: 99 / 4
        (10, 61, 100, 19, 51 / 5.1),
        (30, 20, 100, 99, 1.0),  # later than it was to be over: all at once
        (1, 5, 5, 1, 1.0),
        (0.2, 5, 100, 25, 1.0),  # never less than a second
    ],
)
def test_steps_are_as_long_as_the_first_one_took(took, duration, percent, size, every):
    begun = Rollout("a", "", percent, (Share("r1", percent - 1), Share("r2", 1)), Steps(started=NANO))
    steps = rollout.observed(begun, now=int((1 + took) * NANO), seconds=duration).steps
    assert steps.size == size
    assert steps.every == pytest.approx(every * NANO, rel=1e-6)
    assert steps.next == pytest.approx((1 + took + every) * NANO, rel=1e-6)


def test_what_is_observed_already_stays():
    going = of(("r1", 60), ("r2", 40), steps=Steps(1, 5, 2, 20))
    assert rollout.observed(going, now=99, seconds=10) is going
    done = of(("r1", 100))
    assert rollout.observed(done, now=99, seconds=10) is done


def test_steps_go_on_to_the_end():
    steps = Steps(started=1, next=100, every=50, size=40)
    going, goal = of(("r1", 99), ("r2", 1), steps=steps), of(("r2", 100))
    seen = []
    for now in (99, 100, 150, 200):
        (going,), at = rollout.stepped([goal], [going], now)
        seen.append((parts(going), at))
    assert seen == [
        ([("r1", 99), ("r2", 1)], 100),
        ([("r1", 59), ("r2", 41)], 150),
        ([("r1", 19), ("r2", 81)], 200),
        ([("r2", 100)], 0),
    ]
    assert going.steps == Steps()


def test_a_third_revision_in_between_takes_its_percent_from_the_newest():
    going = of(("r1", 59), ("r2", 41), steps=Steps(1, 100, 50, 40))
    [stacked], _ = rollout.stepped([of(("r3", 100))], [going], 120)
    assert parts(stacked) == [("r1", 59), ("r2", 40), ("r3", 1)]
    assert stacked.steps == Steps(started=120)
    ready = replace(stacked, steps=Steps(120, 130, 10, 60))
    [after], _ = rollout.stepped([of(("r3", 100))], [ready], 130)
    assert parts(after) == [("r1", 39), ("r3", 61)]  # the middle one is drained first


@pytest.mark.parametrize(
    ("percent", "expected"),
    [
        (100, [("r1", 30), ("r2", 70)]),  # more goes to the newest
        (40, [("r1", 10), ("r2", 30)]),  # less is taken from the oldest
        (30, [("r2", 30)]),
        (20, [("r2", 20)]),
    ],
)
def test_another_share_of_the_route_during_a_rollout(percent, expected):
    going = of(("r1", 30), ("r2", 30), steps=Steps(1, 1000, 50, 10))
    [after], _ = rollout.stepped([of(("r2", percent))], [going], 10)
    assert parts(after) == expected


def test_one_percent_is_not_worth_steps():
    assert rollout.stepped([of(("r2", 1))], [of(("r1", 1))], 5)[0] == (of(("r2", 1)),)


def test_another_configuration_and_a_new_tag_start_in_full():
    goals = [of(("r2", 50), configuration="b"), of(("r2", 100), configuration="b", tag="new")]
    assert rollout.stepped(goals, [of(("r1", 50))], 5)[0] == tuple(goals)


def test_it_survives_in_an_annotation():
    states = (of(("r1", 59), ("r2", 41), steps=Steps(1, 100, 50, 40)), of(("r3", 100), configuration="b", tag="t"))
    text = rollout.written(states)
    assert '"stepDuration":50' in text
    assert rollout.read(text) == states
    assert rollout.written(()) == "{}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no JSON",
        '{"configurations":[{"configurationName":"a","percent":100,"revisions":[{"revisionName":"r","percent":90}]}]}',
        '{"configurations":[{"percent":100}]}',
        '{"configurations":[{"configurationName":"a","percent":101,"revisions":[{"revisionName":"r","percent":101}]}]}',
    ],
)
def test_what_does_not_add_up_is_ignored(text):
    assert rollout.read(text) == ()
