"""Knative's ConfigMap webhook: the `_example` guard and the legal values of config-autoscaler.

knative.dev/pkg configmap/example.go, webhook/configmaps; serving pkg/autoscaler/config/config.go.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator, Mapping

from kserve_conformance.embedded.admission import offered
from kserve_conformance.embedded.admission.knative import SYSTEM, denied
from kserve_conformance.embedded.autoscaler.config import DEFAULTS, seconds
from kserve_conformance.embedded.objects import Obj, annotations_of

WEBHOOK = "config.webhook.serving.knative.dev"
CHECKSUM = "knative.dev/example-checksum"
EXAMPLE = "_example"
NUMBERS: Mapping[str, tuple[Callable[[float], bool], str]] = {
    "container-concurrency-target-percentage": (lambda x: 0 < x <= 100, "is outside of valid range of (0, 100]"),
    "requests-per-second-target-default": (lambda x: x >= 0.01, "must be at least 0.01"),
    "target-burst-capacity": (lambda x: x >= 0 or x == -1, "must be either non-negative or -1 (for unlimited)"),
    "max-scale-up-rate": (lambda x: x > 1, "must be greater than 1.0"),
    "max-scale-down-rate": (lambda x: x > 1, "must be greater than 1.0"),
    "panic-window-percentage": (lambda x: 1 <= x <= 100, "must be in [1, 100] interval"),
    "min-scale": (lambda x: x >= 0, "must be at least 0"),
    "max-scale": (lambda x: x >= 0, "must be at least 0"),
}


def checksum(example: str) -> str:
    """Blank lines and outer space do not count, so that an editor's habits do not trip the guard."""
    normal = re.sub(r"(?:\r?\n)+", r"\\n", example.strip())
    return f"{zlib.crc32(normal.encode()):08x}"


def admit(config_map: Obj) -> Obj:
    """Raises ApiError 400; 403 for what the platform cannot do. Other ConfigMaps are nobody's business."""
    meta, data = config_map["metadata"], config_map.get("data") or {}
    if (meta.get("namespace"), meta["name"]) == ("kserve", "inferenceservice-config"):
        offered.check_config(data)
    if meta.get("namespace") != SYSTEM or not meta["name"].startswith("config-"):
        return config_map
    expected = annotations_of(config_map).get(CHECKSUM)
    if EXAMPLE in data and expected is not None and checksum(data[EXAMPLE]) != expected:
        raise denied(
            f'the update modifies a key in "{EXAMPLE}" which is probably not what you want. Instead, copy the '
            'respective setting to the top-level of the ConfigMap, directly below "data"',
            WEBHOOK,
        )
    if meta["name"] == "config-autoscaler":
        complaint = next(_autoscaler({**DEFAULTS, **data}), None)
        if complaint is not None:
            raise denied(complaint, WEBHOOK)
    return config_map


def _autoscaler(data: Mapping[str, str]) -> Iterator[str]:
    durations: dict[str, float] = {}
    for name in (
        "stable-window",
        "scale-to-zero-grace-period",
        "scale-to-zero-pod-retention-period",
        "scale-down-delay",
    ):
        try:
            durations[name] = seconds(data[name])
        except ValueError:
            yield f'failed to parse data: failed to parse "{name}": time: invalid duration "{data[name]}"'
            return
    if durations["scale-to-zero-grace-period"] <= 0:
        yield f"scale-to-zero-grace-period must be positive, was: {data['scale-to-zero-grace-period']}"
    for name, (holds, rule) in NUMBERS.items():
        try:
            value = float(data[name])
        except ValueError:
            yield f'failed to parse data: failed to parse "{name}": invalid syntax: "{data[name]}"'
            return
        if not holds(value):
            yield f"{name} = {data[name]}, {rule}"
    if not 6 <= durations["stable-window"] <= 3600:
        yield f"stable-window = {data['stable-window']}, must be in [6s; 1h0m0s] range"
    if int(float(data["initial-scale"])) == 0 and data["allow-zero-initial-scale"] != "true":
        yield ("initial-scale = 0, must be at least 0 (or at least 1 when allow-zero-initial-scale is false)")
    low, high = float(data["min-scale"]), float(data["max-scale"])
    if low > high > 0:
        yield f"min-scale ({data['min-scale']}) must be less than max-scale ({data['max-scale']})"
