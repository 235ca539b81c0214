"""Knative's ConfigMap webhook: the `_example` guard and legal values (knative.dev/pkg configmap/example.go,
webhook/configmaps)."""

from __future__ import annotations

import re
import zlib

from kserve_conformance.embedded.admission import knative_settings, offered, offered_settings
from kserve_conformance.embedded.admission.knative import SYSTEM, denied
from kserve_conformance.embedded.controllers import knative_config
from kserve_conformance.embedded.controllers.knative_config import EXAMPLE
from kserve_conformance.embedded.faults import Faults
from kserve_conformance.embedded.objects import Obj, annotations_of, labels_of

WEBHOOK = "config.webhook.serving.knative.dev"
CHECKSUM = "knative.dev/example-checksum"


def checksum(example: str) -> str:
    """Blank lines and outer space do not count, so that an editor's habits do not trip the guard."""
    normal = re.sub(r"(?:\r?\n)+", r"\\n", example.strip())
    return f"{zlib.crc32(normal.encode()):08x}"


def _selected(config_map: Obj) -> bool:
    """By the webhook's objectSelector (serving config/core/webhooks/configmap-validation.yaml): one that was replaced
    without its labels is looked at by nobody."""
    labels = labels_of(config_map)
    return labels.get("app.kubernetes.io/name") == SYSTEM and "app.kubernetes.io/component" in labels


def admit(config_map: Obj, faults: Faults) -> Obj:
    """Raises ApiError 400; 403 for what the platform cannot do. Other ConfigMaps are nobody's business."""
    meta, data = config_map["metadata"], config_map.get("data") or {}
    if (meta.get("namespace"), meta["name"]) == ("kserve", "inferenceservice-config"):
        offered.check_config(data)
    if meta.get("namespace") != SYSTEM or not meta["name"].startswith("config-") or not _selected(config_map):
        return config_map
    expected = annotations_of(config_map).get(CHECKSUM)
    edited = EXAMPLE in data and expected is not None and checksum(data[EXAMPLE]) != expected
    if edited and not faults.fires_anywhere("edited-example-accepted"):  # F295
        raise denied(
            f'the update modifies a key in "{EXAMPLE}" which is probably not what you want. Instead, copy the '
            'respective setting to the top-level of the ConfigMap, directly below "data"',
            WEBHOOK,
        )
    settings = knative_config.settings(config_map)
    complaint = next(knative_settings.complaints(meta["name"], settings), None)
    if complaint is not None and not faults.fires_anywhere("illegal-setting-accepted"):  # F294
        raise denied(complaint, WEBHOOK)
    offered_settings.check(meta["name"], settings)
    return config_map
