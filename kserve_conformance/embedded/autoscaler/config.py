"""`config-autoscaler` over Knative's built-in defaults, and a revision's annotations over both.

Keys and defaults: serving pkg/autoscaler/config/config.go; annotations: pkg/apis/autoscaling/register.go.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from kserve_conformance.embedded.objects import Obj, annotations_of

DEFAULTS: Mapping[str, str] = {
    "container-concurrency-target-percentage": "70",
    "container-concurrency-target-default": "100",
    "requests-per-second-target-default": "200",
    "target-burst-capacity": "211",
    "stable-window": "60s",
    "panic-window-percentage": "10.0",
    "panic-threshold-percentage": "200.0",
    "max-scale-up-rate": "1000.0",
    "max-scale-down-rate": "2.0",
    "enable-scale-to-zero": "true",
    "scale-to-zero-grace-period": "30s",
    "scale-to-zero-pod-retention-period": "0s",
    "initial-scale": "1",
    "allow-zero-initial-scale": "false",
    "min-scale": "0",
    "max-scale": "0",
    "max-scale-limit": "0",
    "scale-down-delay": "0s",
    "activator-capacity": "100",
    "pod-autoscaler-class": "kpa.autoscaling.knative.dev",
}
UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
GROUP = "autoscaling.knative.dev/"


def seconds(duration: str) -> float:
    """A Go duration such as `1m30s`. Raises ValueError."""
    if duration == "0":
        return 0.0
    parts = re.findall(r"([0-9.]+)(ms|us|ns|h|m|s)", duration)
    if not parts or "".join(number + unit for number, unit in parts) != duration:
        raise ValueError(f"not a duration: {duration!r}")
    return sum(float(number) * UNITS[unit] for number, unit in parts)


@dataclass(frozen=True)
class Scaling:
    """Everything that decides one revision's scale. Times in seconds, percentages as fractions."""

    metric: str
    target: float
    total: float
    stable_window: float
    panic_window: float
    panic_threshold: float
    max_scale_up_rate: float
    max_scale_down_rate: float
    burst_capacity: float
    min_scale: int
    max_scale: int
    initial_scale: int
    activation_scale: int
    scale_down_delay: float
    scale_to_zero: bool
    grace_period: float
    pod_retention: float
    reachable: bool
    activator_capacity: float
    weighted: bool


def scaling(autoscaler: Obj, settings: Mapping[str, str]) -> Scaling:
    """For one PodAutoscaler, with `config-autoscaler` as it is now."""
    config = {**DEFAULTS, **settings}
    own = _annotations(autoscaler)
    reachable = autoscaler["spec"].get("reachability") != "Unreachable"
    metric = own.get("metric", "concurrency")
    total, target = _target(metric, int(autoscaler["spec"].get("containerConcurrency") or 0), own, config)
    window = seconds(own.get("window", config["stable-window"]))
    panic = float(own.get("panic-window-percentage", config["panic-window-percentage"])) / 100
    # An unreachable revision has no minimum: nothing can reach the pods it would keep (pkg/apis/autoscaling
    # v1alpha1 PodAutoscaler.ScaleBounds).
    minimum = int(own.get("min-scale", config["min-scale"])) if reachable else 0
    return Scaling(
        metric=metric,
        target=target,
        total=total,
        stable_window=window,
        panic_window=max(1.0, math.floor(window * panic + 0.5)),
        panic_threshold=float(own.get("panic-threshold-percentage", config["panic-threshold-percentage"])) / 100,
        max_scale_up_rate=float(config["max-scale-up-rate"]),
        max_scale_down_rate=float(config["max-scale-down-rate"]),
        burst_capacity=float(own.get("target-burst-capacity", config["target-burst-capacity"])),
        min_scale=minimum,
        max_scale=int(own.get("max-scale", config["max-scale"])),
        initial_scale=_initial_scale(own, config),
        activation_scale=int(own.get("activation-scale", "1")),
        scale_down_delay=seconds(own.get("scale-down-delay", config["scale-down-delay"])),
        scale_to_zero=config["enable-scale-to-zero"] == "true",
        grace_period=seconds(config["scale-to-zero-grace-period"]),
        pod_retention=seconds(
            own.get("scale-to-zero-pod-retention-period", config["scale-to-zero-pod-retention-period"])
        ),
        reachable=reachable,
        activator_capacity=float(config["activator-capacity"]),
        weighted=own.get("metric-aggregation-algorithm") == "weightedExponential",
    )


def says(autoscaler: Obj, name: str) -> bool:
    """By an annotation of its own."""
    return name in _annotations(autoscaler)


def _initial_scale(own: Mapping[str, str], config: Mapping[str, str]) -> int:
    """Zero only where the cluster allows it."""
    wanted = int(own.get("initial-scale", config["initial-scale"]))
    return wanted if wanted or config["allow-zero-initial-scale"] == "true" else int(config["initial-scale"])


def _target(metric: str, hard_limit: int, own: Mapping[str, str], config: Mapping[str, str]) -> tuple[float, float]:
    """What a pod can take, and what it is meant to take (pkg/reconciler/autoscaling/resources/target.go)."""
    utilization = float(config["container-concurrency-target-percentage"])
    if utilization > 1:  # a percentage; fractions are an older way to write it
        utilization /= 100
    if metric == "rps":
        total, utilization = float(config["requests-per-second-target-default"]), 0.7
    else:
        total = float(hard_limit or float(config["container-concurrency-target-default"]))
    if "target" in own:
        total = float(own["target"])
        if metric != "rps" and hard_limit:
            total = min(total, hard_limit)
    if "target-utilization-percentage" in own:
        utilization = float(own["target-utilization-percentage"]) / 100
    return total, max(0.01, total * utilization)


def _annotations(autoscaler: Obj) -> dict[str, str]:
    """Without their prefix, in kebab case; Knative still reads the older camelCase spellings."""
    found = {}
    for name, value in annotations_of(autoscaler).items():
        if name.startswith(GROUP):
            short = name.removeprefix(GROUP)
            found[re.sub(r"[A-Z]", lambda letter: "-" + letter.group().lower(), short)] = value
    return found
