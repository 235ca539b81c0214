"""What the ConfigMaps of Knative and KServe say, with their own defaults where they say nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from kserve_conformance.model import Timings

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
TICK = (
    2.0  # seconds between two decisions (serving pkg/autoscaler/config/asconfig: tick-interval, no longer documented)
)
CLUSTER_LOCAL = "svc.cluster.local"


def seconds(duration: str) -> float:
    """Of a Go duration such as `1m30s`. Raises ValueError for anything else."""
    parts = _DURATION.findall(duration)
    if not parts or "".join(number + unit for number, unit in parts) != duration:
        raise ValueError(f"{duration!r} is no duration like 60s")
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def timings(autoscaler: Mapping[str, str]) -> Timings:
    """From config-autoscaler (serving pkg/autoscaler/config/config.go). Raises ValueError when it cannot be read."""
    stable = seconds(autoscaler.get("stable-window", "60s"))
    return Timings(
        stable_window=stable,
        panic_window=stable * float(autoscaler.get("panic-window-percentage", "10")) / 100,
        scale_to_zero_grace=seconds(autoscaler.get("scale-to-zero-grace-period", "30s")),
        pod_retention=seconds(autoscaler.get("scale-to-zero-pod-retention-period", "0s")),
        autoscaler_tick=seconds(autoscaler.get("tick-interval", f"{TICK:g}s")),
    )


def default_domain(domains: Mapping[str, str], *, knative: str) -> str:
    """The domain of config-domain without a selector, else Knative's own, which was another one before 1.8
    (serving pkg/reconciler/route/config/domain.go at knative-v1.7.2 and v1.8.0)."""
    everyone = [name for name, selector in domains.items() if not selector.strip()]
    if everyone:
        return sorted(everyone)[0]
    return "example.com" if re.match(r"1\.[0-7](\.|$)", knative) else CLUSTER_LOCAL


def passed_on_by_graphs(router: Mapping[str, Any], name: str, *, kserve: str) -> bool:
    """Whether `router` of inferenceservice-config names this header (kserve cmd/router/main.go): in full, or since 0.12
    with an expression. A list without an entry reaches the router as one entry without a letter, which any name has."""
    named = (router.get("headers") or {}).get("propagate")
    if named is None:
        return False
    entries = ",".join(named).split(",")
    if re.match(r"0\.(\d|1[01])\.", kserve):
        return name in entries
    return any(_matches(each, name) for each in entries)


def _matches(pattern: str, name: str) -> bool:
    """What is no expression is left out by the router, too."""
    try:
        return re.search(pattern, name) is not None
    except re.error:
        return False
