"""From raw rows to what a load was: every arrival accounted for, latencies, lag, rates."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from kserve_conformance.load import statistics
from kserve_conformance.load.generator import Health, Load
from kserve_conformance.load.recorder import Outcome, Row
from kserve_conformance.load.statistics import Quantile

QUANTILES = (0.5, 0.9, 0.95, 0.99, 0.999)
_LATE = 0.1  # seconds after the window within which a request still counts as sent in it


@dataclass(frozen=True)
class Account:
    """What became of the arrivals of the window. `planned` is from the schedule, the rest from the record."""

    planned: int
    right: int
    wrong: int
    failed: int
    timed_out: int
    dropped: int

    @property
    def sent(self) -> int:
        return self.right + self.wrong + self.failed + self.timed_out

    @property
    def lost(self) -> int:
        return self.planned - self.right

    @property
    def adds_up(self) -> bool:
        return self.sent + self.dropped == self.planned


@dataclass(frozen=True)
class Measurement:
    """Seconds. Latency counts from the intended start and is infinite without a right answer."""

    account: Account
    seconds: float
    rate: float
    on_time: float
    latency: tuple[Quantile, ...]
    service_time: tuple[Quantile, ...]
    lag: tuple[Quantile, ...]
    longest: float
    longest_lag: float
    dispersion: float
    warm_up: int
    health: Health

    def of(self, q: float) -> Quantile:
        return next(each for each in self.latency if each.q == q)


def open_loop(load: Load) -> Measurement:
    plan, rows = load.plan, load.measured
    begin = load.health.start + plan.warm_up
    planned = sum(load.health.start + offset >= begin for offset in plan.offsets)
    sent = [row for row in rows if row.outcome != Outcome.DROPPED]
    latencies = sorted(row.latency if row.outcome == Outcome.RIGHT else math.inf for row in rows)
    lags = sorted(row.lag for row in sent)
    return Measurement(
        account=_account(planned, rows),
        seconds=plan.seconds,
        rate=len(sent) / plan.seconds,
        on_time=sum(row.sent < begin + plan.seconds + _LATE for row in sent) / planned if planned else 0.0,
        latency=_quantiles(latencies),
        service_time=_quantiles(sorted(row.service_time for row in rows if row.outcome == Outcome.RIGHT)),
        lag=_quantiles(lags),
        longest=latencies[-1] if latencies else math.inf,
        longest_lag=lags[-1] if lags else math.inf,
        dispersion=statistics.dispersion([row.sent for row in sent], start=begin, rate=plan.rate, seconds=plan.seconds),
        warm_up=len(load.rows) - len(rows),
        health=load.health,
    )


def closed_loop(load: Load) -> Measurement:
    """There is no schedule: what was sent was planned, and the rate is that of right answers in the window."""
    plan, rows = load.plan, load.measured
    end = load.health.start + plan.warm_up + plan.seconds
    times = sorted(row.service_time for row in rows if row.outcome == Outcome.RIGHT)
    return Measurement(
        account=_account(len(rows), rows),
        seconds=plan.seconds,
        rate=sum(row.outcome == Outcome.RIGHT and row.done < end for row in rows) / plan.seconds,
        on_time=1.0,
        latency=(),
        service_time=_quantiles(times),
        lag=(),
        longest=times[-1] if times else math.inf,
        longest_lag=0.0,
        dispersion=math.nan,
        warm_up=len(load.rows) - len(rows),
        health=load.health,
    )


def _quantiles(ascending: Sequence[float]) -> tuple[Quantile, ...]:
    return tuple(statistics.quantile(ascending, q) for q in QUANTILES)


def _account(planned: int, rows: Sequence[Row]) -> Account:
    became = Counter(row.outcome for row in rows)
    return Account(
        planned=planned,
        right=became[Outcome.RIGHT],
        wrong=became[Outcome.WRONG],
        failed=became[Outcome.FAILED],
        timed_out=became[Outcome.TIMED_OUT],
        dropped=became[Outcome.DROPPED],
    )
