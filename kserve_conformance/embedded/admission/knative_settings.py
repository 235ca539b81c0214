"""Legal values of Knative's ConfigMaps, with the words of the constructors that its webhook calls.

serving pkg/autoscaler/config/config.go, pkg/apis/config, pkg/deployment/config.go, pkg/gc/config.go;
knative.dev/networking pkg/config; knative.dev/pkg configmap/parse.go.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

import yaml

from kserve_conformance.embedded.admission.knative_template import DEFAULTS as TEMPLATE_DEFAULTS
from kserve_conformance.embedded.autoscaler.config import DEFAULTS, seconds
from kserve_conformance.embedded.controllers import revision_gc

Settings = Mapping[str, str]
NUMBERS: Mapping[str, tuple[Callable[[float], bool], str]] = {
    "container-concurrency-target-percentage": (lambda x: 0 < x <= 100, "is outside of valid range of (0, 100]"),
    "requests-per-second-target-default": (lambda x: x >= 0.01, "must be at least 0.01"),
    "target-burst-capacity": (lambda x: x >= 0 or x == -1, "must be either non-negative or -1 (for unlimited)"),
    "activator-capacity": (lambda x: x >= 1, "must be at least 1"),
    "max-scale-up-rate": (lambda x: x > 1, "must be greater than 1.0"),
    "max-scale-down-rate": (lambda x: x > 1, "must be greater than 1.0"),
    "panic-window-percentage": (lambda x: 1 <= x <= 100, "must be in [1, 100] interval"),
    "min-scale": (lambda x: x >= 0, "must be at least 0"),
    "max-scale": (lambda x: x >= 0, "must be at least 0"),
    "max-scale-limit": (lambda x: x >= 0, "must be at least 0"),
}
DURATIONS = ("stable-window", "scale-to-zero-grace-period", "scale-to-zero-pod-retention-period", "scale-down-delay")
QUANTITY = re.compile(r"[+-]?\d+(\.\d+)?([EPTGMk]i?|m|n|u|[eE]\d+)?")


def complaints(name: str, data: Settings) -> Iterator[str]:
    """Of one ConfigMap, in kebab case; the first one is what Knative says."""
    check = CHECKS.get(name)
    if check is not None:
        yield from check(data)


def _autoscaler(own: Settings) -> Iterator[str]:
    data = {**DEFAULTS, **own}
    durations: dict[str, float] = {}
    for name in DURATIONS:
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
    for name in ("stable-window", "scale-down-delay"):
        if durations[name] != int(durations[name]):
            yield f"{name} = {data[name]}, must be specified with at most second precision"
    if int(float(data["initial-scale"])) == 0 and data["allow-zero-initial-scale"] != "true":
        yield "initial-scale = 0, must be at least 0 (or at least 1 when allow-zero-initial-scale is false)"
    low, high, limit = (int(float(data[name])) for name in ("min-scale", "max-scale", "max-scale-limit"))
    if limit > 0 and not 1 <= high <= limit:
        yield f"max-scale = {high}, must be in [1, max-scale-limit({limit})] range"
    if low > high > 0:
        yield f"min-scale ({low}) must be less than max-scale ({high})"


def _defaults(own: Settings) -> Iterator[str]:
    data = {"revision-idle-timeout-seconds": "0", **TEMPLATE_DEFAULTS, **own}
    data.setdefault("revision-response-start-timeout-seconds", data["revision-timeout-seconds"])
    numbers: dict[str, int] = {}
    for name, text in data.items():
        if name.endswith("-seconds") or name in ("container-concurrency", "container-concurrency-max-limit"):
            try:
                numbers[name] = int(text)
            except ValueError:
                yield f'failed to parse "{name}": strconv.ParseInt: parsing "{text}": invalid syntax'
                return
        elif name.startswith("revision-") and not QUANTITY.fullmatch(text):
            yield f'failed to parse "{name}": quantities must match the regular expression'
    timeout, most = numbers["revision-timeout-seconds"], numbers["max-revision-timeout-seconds"]
    if timeout > most:
        yield f"revision-timeout-seconds ({timeout}) cannot be greater than max-revision-timeout-seconds ({most})"
    for name in ("revision-response-start-timeout-seconds", "revision-idle-timeout-seconds"):
        if numbers[name] > timeout:
            yield f"{name} ({numbers[name]}) cannot be greater than revision-timeout-seconds ({timeout})"
    limit, concurrency = numbers["container-concurrency-max-limit"], numbers["container-concurrency"]
    if limit < 1:
        yield f"expected 1 <= {limit} <= 2147483647: container-concurrency-max-limit"
    if not 0 <= concurrency <= limit:
        yield f"expected 0 <= {concurrency} <= {limit}: container-concurrency"


def _deployment(data: Settings) -> Iterator[str]:
    if not data.get("queue-sidecar-image"):
        yield "queue-sidecar-image cannot be empty or unset"
    for name, default in (("progress-deadline", "600s"), ("digest-resolution-timeout", "10s")):
        text = data.get(name, default)
        try:
            duration = seconds(text)
        except ValueError:
            yield f'failed to parse "{name}": time: invalid duration "{text}"'
            continue
        if duration <= 0:
            yield f"{name} cannot be a non-positive duration, was {text}"
        elif name == "progress-deadline" and duration != int(duration):
            yield f"progress-deadline must be rounded to a whole second, was: {text}"
    for name, text in data.items():
        if name.startswith("queue-sidecar-") and name.endswith(("-request", "-limit")) and not QUANTITY.fullmatch(text):
            yield f'failed to parse "{name}": quantities must match the regular expression'
    affinity = data.get("default-affinity-type", "none")
    if affinity not in ("none", "prefer-spread-revision-over-nodes"):
        yield f'unsupported default-affinity-type value: "{affinity}"'


def _domain(data: Settings) -> Iterator[str]:
    for text in data.values():
        try:
            document = yaml.safe_load(text) or {}
        except yaml.YAMLError as error:
            yield f"error converting YAML to JSON: yaml: {str(error).splitlines()[0]}"
            continue
        if not isinstance(document, dict) or not isinstance(document.get("selector") or {}, dict):
            yield "error unmarshaling JSON: json: cannot unmarshal into Go value of type config.domainInternalConfig"


def _gc(data: Settings) -> Iterator[str]:
    try:
        revision_gc.settings(data)
    except ValueError as error:
        yield str(error)


def _network(data: Settings) -> Iterator[str]:
    duration = data.get("rollout-duration", "0")
    if not duration.lstrip("-").isdigit():
        yield f'failed to parse "rollout-duration": strconv.Atoi: parsing "{duration}": invalid syntax'
    elif int(duration) < 0:
        yield f"rollout-duration must be a positive integer, but was {duration}"
    protocol = data.get("http-protocol", "")
    if protocol.lower() not in ("", "enabled", "disabled", "redirected"):
        yield f"httpProtocol {protocol} in config-network ConfigMap is not supported"
    for name in ("system-internal-tls", "cluster-local-domain-tls"):
        if data.get(name, "").lower() not in ("", "disabled", "enabled"):
            yield f'{name} with value: "{data[name]}" in config-network ConfigMap is not supported'


CHECKS: Mapping[str, Callable[[Settings], Iterator[str]]] = {
    "config-autoscaler": _autoscaler,
    "config-defaults": _defaults,
    "config-deployment": _deployment,
    "config-domain": _domain,
    "config-gc": _gc,
    "config-network": _network,
}
