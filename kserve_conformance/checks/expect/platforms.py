"""Facts about the platform's own parts."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence

from kserve_conformance.model import BrokenPromise
from kserve_conformance.platform.connected import Component


def available(components: Sequence[Component], *, at_least: int) -> None:
    if len(components) < at_least:
        names = ", ".join(each.name for each in components) or "none"
        raise BrokenPromise(expected=f"at least {at_least} Deployments of that name", observed=names)
    for each in components:
        if not each.available:
            raise BrokenPromise(
                expected=f"Deployment {each.namespace}/{each.name} to be available",
                observed=each.said,
                next=f"kubectl describe deployment -n {each.namespace} {each.name}",
            )


def contains(kinds: Collection[str], *names: str) -> None:
    missing = [each for each in names if each not in kinds]
    if missing:
        raise BrokenPromise(
            expected=f"the API server to serve {', '.join(names)}",
            observed=f"{', '.join(missing)} not served",
            next="kubectl api-resources",
        )


def all_json(config_map: Mapping[str, str], *, at_least: int) -> None:
    if len(config_map) < at_least:
        raise BrokenPromise(expected=f"at least {at_least} keys", observed=f"{len(config_map)}")
    for key, text in config_map.items():
        try:
            json.loads(text)
        except ValueError as error:
            raise BrokenPromise(expected=f"key {key} to hold JSON", observed=f"{error}: {text[:80]}") from error
