"""May the figures be believed? The generator is judged before the platform; an invalid run is nobody's result."""

from __future__ import annotations

from collections.abc import Sequence

from kserve_conformance.load.measure import Measurement
from kserve_conformance.load.statistics import Quantile

LAG_FLOOR = 0.001  # seconds
LAG_SHARE = 0.05  # of the measured median
SENT_SHARE = 0.999  # as Knative's own tests ask (serving test/performance, "requests within 0.1 %")
CPU_SHARE = 0.8


def reasons(measured: Measurement) -> tuple[str, ...]:
    """Why not; empty when the measurement is valid. A platform that answers wrong is no reason: that is a result."""
    return (*_accounting(measured), *_schedule(measured), *_strength(measured))


def reasons_closed(measured: Measurement) -> tuple[str, ...]:
    """A closed loop keeps no schedule; what is left is that the generator must not be the limit."""
    answered = () if measured.account.right else ("no request was answered right",)
    return (*_accounting(measured), *answered, *_strength(measured))


def _accounting(measured: Measurement) -> Sequence[str]:
    account = measured.account
    if measured.health.aborted:
        return [measured.health.aborted]
    if not account.planned:
        return ["no request was planned"]
    if not account.adds_up:
        return [f"{account.planned} arrivals were planned, but {account.sent + account.dropped} are accounted for"]
    return []


def _schedule(measured: Measurement) -> Sequence[str]:
    found: list[str] = []
    if measured.on_time < SENT_SHARE:
        found.append(f"only {measured.on_time:.2%} of the planned requests were sent in time (99.9 % are needed)")
    median, lag = _at(measured.latency, 0.5), _at(measured.lag, 0.99)
    if median is not None and lag is not None:
        allowed = max(LAG_FLOOR, LAG_SHARE * median.value)
        if lag.value > allowed:
            found.append(f"sent up to {lag.value * 1e3:.2f} ms late (p99; {allowed * 1e3:.2f} ms are allowed)")
    return found


def _strength(measured: Measurement) -> Sequence[str]:
    share = measured.health.cpu_share
    return [f"the generator used {share:.0%} of a core (80 % are allowed)"] if share > CPU_SHARE else []


def _at(quantiles: Sequence[Quantile], q: float) -> Quantile | None:
    return next((each for each in quantiles if each.q == q), None)
