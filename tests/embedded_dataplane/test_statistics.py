"""How full a queue proxy was, from Envoy's counters."""

from __future__ import annotations

import pytest

from kserve_conformance.embedded.dataplane.statistics import Counters, Interval


@pytest.mark.parametrize(
    ("now", "concurrency"),
    [
        (Counters(active=0, total=10, spent=1.0), 1.005),  # Little's law, Envoy cuts each to milliseconds
        (Counters(active=5, total=8, spent=6.0), 4.0),  # longer than the interval: by looking
        (Counters(active=5, total=8, spent=0.0), 4.0),  # three have ended, the histogram does not have them yet
        (Counters(active=4, total=4, spent=0.0), 4.0),  # none has ended
    ],
)
def test_concurrency_of_an_interval(now: Counters, concurrency: float) -> None:
    assert Interval(looks=10, active_sum=40).concurrency(now, 1.0) == pytest.approx(concurrency)
