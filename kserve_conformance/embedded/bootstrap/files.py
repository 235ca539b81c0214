"""The data files next to this module, with the stack's versions filled in."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any

import yaml

from kserve_conformance.embedded.objects import Obj
from kserve_conformance.embedded.stacks import Stack


@cache
def read(name: str) -> Any:
    """Shared by all callers, who must not change it."""
    return yaml.safe_load((resources.files(__package__) / name).read_text(encoding="utf-8"))


def for_stack(items: list[Obj], stack: Stack) -> Iterator[Obj]:
    """Items without `stacks` are for each of them."""
    return (each for each in items if stack.name in each.get("stacks", [stack.name]))


def versions(stack: Stack) -> dict[str, str]:
    """Placeholders and their values. net-istio is released with Knative, but not patch by patch."""
    net_istio = ".".join(stack.knative.split(".")[:2]) + ".0"
    return {
        "kserve": stack.kserve,
        "knative": stack.knative,
        "net_istio": net_istio,
        "istio": stack.istio,
        "cert_manager": stack.cert_manager,
    }


def filled(value: Any, values: dict[str, str]) -> Any:
    """Replaces `{name}` in every text below; other braces are Go templates and stay."""
    if isinstance(value, dict):
        return {name: filled(each, values) for name, each in value.items()}
    if isinstance(value, list):
        return [filled(each, values) for each in value]
    if isinstance(value, str):
        for name, text in values.items():
            value = value.replace(f"{{{name}}}", text)
    return value
