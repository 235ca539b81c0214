"""The whole generator, real locust included, against a server whose truth is known."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from kserve_conformance.load import generator, measure, scenarios, validity
from kserve_conformance.load.plan import Plan

# Beside what a shared machine adds to single requests; the percentiles have to agree all the same.
SLACK = 0.008
Golden = Callable[..., Plan]


def test_percentiles_under_a_stall_are_the_analytic_ones(golden: Golden, tmp_path: Path) -> None:
    """A tenth of all arrivals meets a stall of 0.1 s and waits for what is left of it: p_q = 0.1 (1 - (1-q) 10)."""
    plan = golden({"stall": 0.1, "period": 1.0}, rate=400, seconds=3)
    found = measure.open_loop(generator.run(plan, tmp_path))
    assert found.account.planned == found.account.right == 1200
    assert found.of(0.5).value < SLACK
    assert found.of(0.95).value == pytest.approx(0.050, abs=SLACK)
    assert found.of(0.99).value == pytest.approx(0.090, abs=SLACK)
    assert found.longest < 0.1 + 3 * SLACK
    assert not found.of(0.999).enough
    # Locust was told the same: its own table has the true p99, not that of a closed loop.
    table = (tmp_path / generator.LOG).read_text().partition("percentiles")[2]
    row = re.search(r"POST +golden +(.*)", table)
    assert row is not None
    assert float(row[1].split()[7]) == pytest.approx(found.of(0.99).value * 1e3, abs=1.5)


def test_every_arrival_is_accounted_for(golden: Golden, tmp_path: Path) -> None:
    """Resets, wrong content, errors and silence, each at a known count; warm-up apart."""
    truth = {"reset_every": 7, "wrong_every": 11, "error_every": 13, "silent_every": 17, "close_every": 5}
    plan = golden(truth, rate=400, seconds=1.5, warm_up=0.5, timeout=0.8, arrivals="poisson")
    load = generator.run(plan, tmp_path)
    found = measure.open_loop(load)
    account = found.account
    assert account.adds_up
    assert account.planned == len(plan.offsets) - found.warm_up
    assert account.planned + found.warm_up == len(load.rows)
    assert account.timed_out > 20
    assert account.failed > 50
    assert account.wrong > 60
    assert account.dropped == 0
    assert math.isinf(found.of(0.99).value)  # more than 1 % never had a right answer
    everything = measure.open_loop(replace(load, plan=replace(plan, warm_up=0.0, seconds=2.0)))
    assert everything.account.timed_out == everything.account.planned // 17


def test_delay_is_found(golden: Golden, tmp_path: Path) -> None:
    scenario = scenarios.latency(golden({"delay": 0.02}, rate=200, seconds=2, name="delay"), tmp_path)
    median = scenario.figure("p50")
    assert median.value == pytest.approx(20, abs=2)
    assert median.low is not None
    assert median.high is not None
    assert median.low <= median.value <= median.high
    assert scenario.figure("right").value == 400
    assert scenario.figure("p99.9").value is None
    assert "n too small (400 of 2995)" in scenario.figure("p99.9").note


def test_an_overloaded_generator_is_found_out(golden: Golden, tmp_path: Path) -> None:
    """One connection, 20 ms an answer: 50/s of the 400/s that were asked for."""
    plan = golden({"delay": 0.02}, rate=400, seconds=3, connections=1)
    found = measure.open_loop(generator.run(plan, tmp_path))
    why = validity.reasons(found)
    assert any("behind schedule: all 1 connections were busy" in each for each in why)
    assert any("were sent in time" in each for each in why)
    assert found.account.dropped > 0
    assert found.account.adds_up


def test_closed_loop_counts_what_was_answered_in_the_window(golden: Golden, tmp_path: Path) -> None:
    """Four users, 10 ms an answer: 400/s is the most there can be."""
    scenario = scenarios.throughput(golden({"delay": 0.01}, connections=4, seconds=1.5, warm_up=0.3), tmp_path)
    assert 250 < (scenario.figure("throughput").value or 0) <= 402
    assert scenario.figure("connections opened").value == 4
    assert "closed" in scenario.load


def test_a_server_that_is_not_there_is_a_failure_and_no_latency(golden: Golden, tmp_path: Path) -> None:
    plan = replace(golden({}, rate=100, seconds=1), port=1)
    found = measure.open_loop(generator.run(plan, tmp_path))
    assert found.account.failed == found.account.planned == 100
    assert math.isinf(found.of(0.5).value)
