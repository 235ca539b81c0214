"""Arrows between the rooms of the house point one way. Every import is looked at, also those inside functions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = "kserve_conformance"

# What each room may import, besides itself. `model` may import nothing of ours, `embedded` neither.
ALLOWED = {
    "model": set(),
    "embedded": set(),
    "stacks": set(),
    "catalogue": {"model"},
    "reporting": {"model"},
    "kube": {"model"},
    "platform": {"model", "kube"},
    "inference": {"model"},
    "checks": {"model", "catalogue", "platform", "kube", "inference"},
    "load": {"model", "platform", "kube", "inference", "checks"},
    "timeline": {"model", "platform", "kube", "inference", "checks"},
    "bench": {
        "model",
        "catalogue",
        "reporting",
        "platform",
        "kube",
        "inference",
        "checks",
        "load",
        "timeline",
    },
    "proofs": {"model", "embedded", "reporting", "platform"},
    "plugin": {"model", "catalogue", "reporting", "platform", "kube", "inference", "checks"},
    "fixtures": {"model", "platform", "kube", "inference", "checks", "plugin"},
    "suites": {"checks", "plugin", "fixtures"},
}


def room(module: str) -> str | None:
    parts = module.split(".")
    if parts[0] in ("suites", "fixtures"):
        return parts[0]
    return parts[1] if parts[0] == PACKAGE and len(parts) > 1 else None


def modules() -> Iterator[tuple[str, Path]]:
    for top in (PACKAGE, "fixtures", "suites"):
        for path in sorted((ROOT / top).rglob("*.py")):
            yield ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"), path


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            base = node.module
            yield from (f"{base}.{alias.name}" if base == PACKAGE else base for alias in node.names)


def wrong_arrows(name: str, source: str) -> list[str]:
    here = room(name)
    found = []
    for target in sorted(set(imported(ast.parse(source)))):
        there = room(target)
        if here is None or there is None or there == here:
            continue
        if there not in ALLOWED.get(here, set()):
            found.append(f"{name} -> {target}")
    return found


def test_every_arrow_points_down() -> None:
    assert [arrow for name, path in modules() for arrow in wrong_arrows(name, path.read_text())] == []


def test_every_room_has_its_rule() -> None:
    assert {here for name, _ in modules() if (here := room(name)) is not None} <= set(ALLOWED)


def test_pytest_stays_in_the_plugin() -> None:
    users = [name for name, path in modules() if "pytest" in {each.split(".")[0] for each in imported(_parse(path))}]
    assert [name for name in users if room(name) not in ("plugin", "fixtures", "suites")] == []


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("kserve_conformance.embedded.x", "from kserve_conformance.model import Run"),
        ("kserve_conformance.reporting.x", "def f():\n    import kserve_conformance.catalogue.verdict"),
        ("kserve_conformance.checks.x", "from kserve_conformance import embedded"),
        ("suites.a.test_a", "from kserve_conformance.kube.client import Client"),
    ],
)
def test_wrong_arrow_is_found(name: str, source: str) -> None:
    assert len(wrong_arrows(name, source)) == 1


def _parse(path: Path) -> ast.AST:
    return ast.parse(path.read_text())
