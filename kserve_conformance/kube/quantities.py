"""Resources of containers in plain numbers, so that 100m and 0.1 are the same."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

Resources = dict[str, dict[str, str]]
# kubernetes apimachinery/pkg/api/resource/suffix.go
SUFFIXES = {
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    **{suffix: Decimal(1000) ** power for power, suffix in enumerate("kMGTPE", 1)},
    **{f"{suffix}i": Decimal(1024) ** power for power, suffix in enumerate("KMGTPE", 1)},
}
_QUANTITY = re.compile(r"([+-]?[0-9.]+(?:[eE][+-]?\d+)?)([a-zA-Z]*)")


def plain(quantity: str) -> str:
    """Raises LookupError for what is no quantity."""
    found = _QUANTITY.fullmatch(quantity)
    if found is None:
        raise LookupError(f"{quantity!r} is no quantity like 100m")
    number = Decimal(found[1]) * (SUFFIXES[found[2]] if found[2] else 1)
    return f"{number.normalize():f}"


def resources_of(container: Mapping[str, Any]) -> Resources:
    """What it asks for and what it may have at most, of processor and memory."""
    found: Mapping[str, Mapping[str, Any]] = container.get("resources") or {}
    return {
        kind: {name: plain(str(found[kind][name])) for name in ("cpu", "memory") if name in found[kind]}
        for kind in ("requests", "limits")
        if found.get(kind)
    }
