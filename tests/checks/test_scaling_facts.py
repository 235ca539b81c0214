"""Facts about the way to the pods and about queues, and the deadlines that tests of scaling go by."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from kserve_conformance.checks import expect
from kserve_conformance.checks.deadlines import CLUSTER, Deadlines
from kserve_conformance.model import Timings
from tests.checks.test_expect import PLAIN_503, SILENCE, sample

STRAIGHT = sample({"headers": {"Host": "a"}})
THROUGH = sample({"headers": {"Host": "a", "K-Proxy-Request": "activator"}})
DONE, FULL = sample({}), sample(b"pending request queue full\n", 503)
SAYING = "pending request queue full"

HOLDS: list[Callable[[], object]] = [
    lambda: expect.direct([STRAIGHT, STRAIGHT], at_least=2),
    lambda: expect.overflowed([DONE, DONE, FULL], takes=2, saying=SAYING),
    lambda: expect.overflowed([DONE, DONE, DONE, FULL], takes=2, saying=SAYING),  # one was quick enough to make room
]
BROKEN: list[Callable[[], object]] = [
    lambda: expect.direct([STRAIGHT, THROUGH], at_least=2),
    lambda: expect.direct([STRAIGHT], at_least=2),
    lambda: expect.direct([STRAIGHT, PLAIN_503], at_least=2),
    lambda: expect.direct([sample({})], at_least=1),  # who tells no headers proves nothing
    lambda: expect.overflowed([DONE, FULL, FULL], takes=2, saying=SAYING),
    lambda: expect.overflowed([DONE, DONE, DONE], takes=2, saying=SAYING),  # the queue was never full
    lambda: expect.overflowed([DONE, DONE, PLAIN_503], takes=2, saying=SAYING),
    lambda: expect.overflowed([DONE, DONE, FULL, SILENCE], takes=2, saying=SAYING),
]


@pytest.fixture
def deadlines() -> Deadlines:
    timings = Timings(stable_window=60, panic_window=6, scale_to_zero_grace=30, pod_retention=0, autoscaler_tick=2)
    return Deadlines(timings, CLUSTER)


def test_what_is_surely_kept_ends_before_it_may_go(deadlines: Deadlines) -> None:
    """Less than was promised, by what the platform's clocks leave open and by what has passed already."""
    last = replace(DONE, done=time.monotonic() - 5)
    assert deadlines.surely_delayed_after(last, delay=18) == pytest.approx(18 - 2 * 2 - 5, abs=0.5)
    assert deadlines.surely_retained_after(last, window=6, retention=36) == pytest.approx(6 + 36 - 2 - 5, abs=0.5)


def test_a_window_of_its_own_counts_in_place_of_the_configured_one(deadlines: Deadlines) -> None:
    assert deadlines.idle_to_zero_proxied(window=60) == 60 + 6 + deadlines.reaction
    assert deadlines.idle_to_zero_proxied(window=6) == 30 + deadlines.reaction  # the grace period


def test_waking_is_given_up_a_while_after_the_progress_deadline(deadlines: Deadlines) -> None:
    assert deadlines.given_up(progress_deadline=deadlines.short_progress_deadline) == 66 + 200 + 30 + deadlines.reaction
