"""Knative's ConfigMaps as numbers, with Knative's defaults."""

from __future__ import annotations

import pytest

from kserve_conformance.platform import configured


@pytest.mark.parametrize(
    ("text", "expected"),
    [("60s", 60), ("1m30s", 90), ("1h0m0s", 3600), ("500ms", 0.5), ("0s", 0), ("1.5s", 1.5), ("10m", 600)],
)
def test_durations_are_gos(text, expected):
    assert configured.seconds(text) == pytest.approx(expected)


@pytest.mark.parametrize("text", ["", "60", "s", "1 m", "60s ", "-1s", "1d", "1m30"])
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError, match="is no duration like 60s"):
        configured.seconds(text)


def test_an_empty_configuration_means_knatives_defaults():
    found = configured.timings({})
    assert (found.stable_window, found.panic_window, found.scale_to_zero_grace) == (60, 6, 30)
    assert (found.pod_retention, found.autoscaler_tick) == (0, 2)


def test_what_is_configured_counts():
    autoscaler = {"stable-window": "1m40s", "panic-window-percentage": "20.0"}
    found = configured.timings({**autoscaler, "scale-to-zero-pod-retention-period": "5m"})
    assert (found.stable_window, found.panic_window, found.pod_retention) == (100, 20, 300)


@pytest.mark.parametrize(
    ("domains", "knative", "expected"),
    [
        ({"example.org": ""}, "1.21.1", "example.org"),
        ({"b.org": "", "a.org": "selector:\n  app: x\n"}, "1.21.1", "b.org"),
        ({"a.org": "selector:\n  app: x\n"}, "1.21.1", "svc.cluster.local"),
        ({}, "1.8.0", "svc.cluster.local"),
        ({}, "1.10.1", "svc.cluster.local"),
        ({}, "", "svc.cluster.local"),
        ({}, "1.7.2", "example.com"),
    ],
)
def test_the_default_domain(domains, knative, expected):
    assert configured.default_domain(domains, knative=knative) == expected
