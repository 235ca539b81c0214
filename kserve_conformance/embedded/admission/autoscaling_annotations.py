"""Autoscaling annotations of a revision template (serving pkg/apis/autoscaling/annotation_validation.go)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kserve_conformance.embedded.autoscaler.config import seconds

GROUP = "autoscaling.knative.dev/"
KPA, HPA = "kpa.autoscaling.knative.dev", "hpa.autoscaling.knative.dev"
LARGEST_INT = 2**31 - 1
LONGEST = 3600.0
# Older spellings that Knative still reads.
ALIASES = {
    "minScale": "min-scale",
    "maxScale": "max-scale",
    "initialScale": "initial-scale",
    "targetBurstCapacity": "target-burst-capacity",
    "targetUtilizationPercentage": "target-utilization-percentage",
    "panicWindowPercentage": "panic-window-percentage",
    "panicThresholdPercentage": "panic-threshold-percentage",
    "scaleDownDelay": "scale-down-delay",
    "scaleToZeroPodRetentionPeriod": "scale-to-zero-pod-retention-period",
    "activationScale": "activation-scale",
}


def complaints(annotations: Mapping[str, str], config: Mapping[str, str], path: str) -> Iterator[str]:
    """One text for each bad annotation, as Knative's FieldError prints it."""
    own = {
        ALIASES.get(name.removeprefix(GROUP), name.removeprefix(GROUP)): value
        for name, value in annotations.items()
        if name.startswith(GROUP)
    }
    prefix = f"{path}.{GROUP}"
    for check in (_class, _bounds, _numbers, _durations, _metric):
        yield from check(own, prefix)
    if "max-scale" in own:
        yield from _limit(own["max-scale"], int(config.get("max-scale-limit", "0")), prefix)
    yield from _initial_scale(own, prefix, allow_zero=config.get("allow-zero-initial-scale") == "true")


def _limit(text: str, limit: int, prefix: str) -> Iterator[str]:
    """config-autoscaler's max-scale-limit is for everybody."""
    if limit and text.isdigit():
        if int(text) == 0:
            yield f"max-scale=0 (unlimited), must be less than {limit}: {prefix}max-scale"
        elif int(text) > limit:
            yield f"expected 1 <= {text} <= {limit}: {prefix}max-scale"


def _class(own: Mapping[str, str], prefix: str) -> Iterator[str]:
    wanted = own.get("class")
    if wanted is not None and wanted.endswith("autoscaling.knative.dev") and wanted not in (KPA, HPA):
        yield f"invalid value: {wanted}: {prefix}class"


def _bounds(own: Mapping[str, str], prefix: str) -> Iterator[str]:
    scale = {}
    for name in ("min-scale", "max-scale"):
        text = own.get(name, "0")
        try:
            scale[name] = int(text)
        except ValueError:
            scale[name] = 0
            yield f"invalid value: {text}: {prefix}{name}"
            continue
        if not 0 <= scale[name] <= LARGEST_INT:
            yield f"expected 0 <= {text} <= {LARGEST_INT}: {prefix}{name}"
    low, high = scale["min-scale"], scale["max-scale"]
    if 0 < high < low:
        yield f"max-scale={high} is less than min-scale={low}: {prefix}max-scale, {prefix}min-scale"
    if "activation-scale" in own:
        yield from _activation_scale(own["activation-scale"], low, high, prefix)


def _activation_scale(text: str, low: int, high: int, prefix: str) -> Iterator[str]:
    try:
        scale = int(text)
    except ValueError:
        yield f"invalid value: {text}: {prefix}activation-scale"
        return
    if low > scale:
        yield f"min-scale={low} is greater than activation-scale={scale}: {prefix}activation-scale"
    elif 0 < high < scale:
        yield f"max-scale={high} is less than activation-scale={scale}: {prefix}activation-scale"
    elif scale < 2:
        yield f"activation-scale={scale} must be greater than 1: {prefix}activation-scale"


def _numbers(own: Mapping[str, str], prefix: str) -> Iterator[str]:
    for name, low, high in (
        ("panic-window-percentage", 1, 100),
        ("panic-threshold-percentage", 110, 1000),
        ("target-utilization-percentage", 1, 100),
    ):
        value = _float(own.get(name, str(low)))
        if value is None:
            yield f"invalid value: {own[name]}: {prefix}{name}"
        elif not low <= value <= high:
            yield f"expected {low} <= {own[name]} <= {high}: {prefix}{name}"
    if "target" in own:
        target = _float(own["target"])
        if target is None:
            yield f"invalid value: {own['target']}: {prefix}target"
        elif target < 0.01:
            yield f"target {own['target']} should be at least 0.01: {prefix}target"
    if "target-burst-capacity" in own:
        burst = _float(own["target-burst-capacity"])
        if burst is None or (burst < 0 and burst != -1):
            yield f"invalid value: {own['target-burst-capacity']}: {prefix}target-burst-capacity"


def _float(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _durations(own: Mapping[str, str], prefix: str) -> Iterator[str]:
    for name, shortest, whole in (
        ("window", 6.0, True),
        ("scale-down-delay", 0.0, True),
        ("scale-to-zero-pod-retention-period", 0.0, False),
    ):
        text = own.get(name)
        if text is None:
            continue
        try:
            duration = seconds(text)
        except ValueError:
            yield f"invalid value: {text}: {prefix}{name}"
            continue
        if not shortest <= duration <= LONGEST:
            yield f"expected {shortest:.0f}s <= {text} <= 1h0m0s: {prefix}{name}"
        elif whole and duration != int(duration):
            yield f"must be specified with at most second precision: {prefix}{name}"


def _metric(own: Mapping[str, str], prefix: str) -> Iterator[str]:
    metric = own.get("metric")
    if metric is not None and own.get("class", KPA) == KPA and metric not in ("concurrency", "rps"):
        yield f"invalid value: {metric}: {prefix}metric"


def _initial_scale(own: Mapping[str, str], prefix: str, *, allow_zero: bool) -> Iterator[str]:
    text = own.get("initial-scale")
    if text is None:
        return
    try:
        scale = int(text)
    except ValueError:
        yield f"invalid value: {text}: {prefix}initial-scale"
        return
    if scale < 0:
        yield f"invalid value: {text}: {prefix}initial-scale must be greater than 0"
    elif scale == 0 and not allow_zero:
        yield f"invalid value: {text}: {prefix}initial-scale=0 not allowed by cluster"
