"""Knative's ConfigMaps as they are now."""

from __future__ import annotations

import re
from functools import cache

from kserve_conformance.embedded.apiserver.resources import CONFIG_MAPS
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.objects import Obj

SYSTEM = "knative-serving"
EXAMPLE = "_example"


def read(store: Store, name: str) -> dict[str, str]:
    """In kebab case: Knative also reads the older camelCase keys (serving pkg/deployment/config.go)."""
    return settings(store.look_for(CONFIG_MAPS, SYSTEM, name))


def settings(config_map: Obj | None) -> dict[str, str]:
    data: dict[str, str] = (config_map or {}).get("data") or {}
    old = {kebab(key): text for key, text in data.items() if key != EXAMPLE and key != kebab(key)}
    return {**old, **{key: text for key, text in data.items() if key != EXAMPLE and key == kebab(key)}}


@cache
def kebab(key: str) -> str:
    return re.sub(r"([a-z])([A-Z]+)", lambda found: f"{found[1]}-{found[2].lower()}", key)


def enabled(store: Store, feature: str) -> bool:
    """A flag of config-features."""
    return read(store, "config-features").get(feature, "").lower() == "enabled"
