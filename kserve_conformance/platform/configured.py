"""What Knative's ConfigMaps say, with Knative's own defaults where they say nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping

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
