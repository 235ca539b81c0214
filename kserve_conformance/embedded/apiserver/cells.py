"""Values of table cells: what a JSONPath of a printer column finds, and ages in kubectl's words."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from typing import Any

from kserve_conformance.embedded.objects import Obj

Cells = Callable[[Obj], list[Any]]
STEP = re.compile(r"\.?([A-Za-z0-9_-]+)|\['([^']+)'\]|\[\?\(@\.(\w+)==(?:'([^']*)'|(true|false))\)\]|\[\*\]")


def find(obj: Any, path: str) -> Any:
    """The first value at a JSONPath of the kind that printer columns use; with `[*]`, all of them; None without any."""
    current, many = [obj], False
    for step in STEP.finditer(path):
        name, quoted, field, text, flag = step.groups()
        following: list[Any] = []
        for each in current:
            if field and isinstance(each, list):
                wanted: Any = text if flag is None else flag == "true"
                following += [item for item in each if item.get(field) == wanted]
            elif step.group() == "[*]" and isinstance(each, list):
                following += each
                many = True
            elif isinstance(each, dict) and (name or quoted) in each:
                following.append(each[name or quoted])
        current = following
    if not current:
        return None
    return ",".join(str(each) for each in current) if many else current[0]


def age(stamp: str | None) -> str:
    """How old, in kubectl's short form (apimachinery pkg/util/duration HumanDuration)."""
    if not stamp:
        return "<unknown>"
    then = datetime.datetime.fromisoformat(stamp)
    gone = int((datetime.datetime.now(datetime.UTC) - then).total_seconds())
    if gone < 120:
        return f"{max(0, gone)}s"
    minutes = gone // 60
    if minutes < 10:
        return f"{minutes}m{gone % 60}s" if gone % 60 else f"{minutes}m"
    if minutes < 180:
        return f"{minutes}m"
    hours = minutes // 60
    if hours < 8:
        return f"{hours}h{minutes % 60}m" if minutes % 60 else f"{hours}h"
    return f"{hours}h" if hours < 48 else f"{hours // 24}d"


def age_of(obj: Obj) -> str:
    return age(obj["metadata"].get("creationTimestamp"))
