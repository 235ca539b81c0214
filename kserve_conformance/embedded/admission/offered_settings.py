"""Settings of Knative that have one value here: another is refused, so that none is ignored."""

from __future__ import annotations

import re
from collections.abc import Mapping

from kserve_conformance.embedded import errors
from kserve_conformance.embedded.admission.knative_template import GUARDED
from kserve_conformance.embedded.admission.offered import WEBHOOK

OFF = ("", "disabled", "false")
# What has its effect here, of the flags of config-features.
FEATURES = {*GUARDED.values(), "multi-container", "tag-header-based-routing"}
ALWAYS_ON = {"kubernetes.podspec-volumes-emptydir"}
ONLY: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "config-autoscaler": {"pod-autoscaler-class": ("kpa.autoscaling.knative.dev",)},
    "config-defaults": {"init-container-name-template": ("init-container",)},
    "config-deployment": {
        "runtime-class-name": ("",),
        "queue-sidecar-token-audiences": ("",),
        "queue-sidecar-rootca": ("",),
        "concurrency-state-endpoint": ("",),
        "default-affinity-type": ("none",),
    },
    "config-network": {
        "ingress-class": ("istio.ingress.networking.knative.dev",),
        "http-protocol": ("", "enabled"),
        "external-domain-tls": OFF,
        "auto-tls": OFF,
        "cluster-local-domain-tls": OFF,
        "system-internal-tls": OFF,
        "internal-encryption": OFF,
        "enable-mesh-pod-addressability": OFF,
        "namespace-wildcard-cert-selector": ("",),
    },
    "config-observability": {
        "logging.enable-request-log": OFF,
        "logging.enable-probe-request-log": OFF,
        "profiling.enable": OFF,
    },
    "config-tracing": {"backend": ("none",)},
    "config-leader-election": {
        "lease-duration": ("60s",),
        "renew-deadline": ("40s",),
        "retry-period": ("10s",),
        "buckets": ("1",),
    },
}
TEMPLATES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "config-network": {
        "domain-template": ("Name", "Namespace", "Domain"),
        "tag-template": ("Name", "Tag"),
    },
    "config-defaults": {"container-name-template": ()},
}


def check(name: str, data: Mapping[str, str]) -> None:
    """Raises ApiError 403."""
    for key, known in ONLY.get(name, {}).items():
        if key in data and data[key].lower() not in known:
            _refuse(name, key, data[key])
    for key, fields in TEMPLATES.get(name, {}).items():
        for action in re.findall(r"{{(.*?)}}", data.get(key, "")):
            if action not in {f".{each}" for each in fields}:
                _refuse(name, key, data[key])
    if name == "config-features":
        for key, text in data.items():
            if (key not in FEATURES | ALWAYS_ON and text.lower() not in OFF) or (
                key in ALWAYS_ON and text.lower() in OFF
            ):
                _refuse(name, key, text)
    if name == "config-istio" and data:
        _refuse(name, *next(iter(data.items())))


def _refuse(name: str, key: str, text: str) -> None:
    raise errors.denied(WEBHOOK, f"the embedded platform does not offer {key}={text} yet ({name})")
