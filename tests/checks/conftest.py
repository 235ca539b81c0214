"""Facts are lists, `HOLDS` and `BROKEN`, in the modules here; two tests in `test_expect` try all of them."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

LISTS = {"holding": "HOLDS", "broken": "BROKEN"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    modules = [import_module(f"tests.checks.{path.stem}") for path in sorted(Path(__file__).parent.glob("test_*.py"))]
    for argument, name in LISTS.items():
        if argument in metafunc.fixturenames:
            metafunc.parametrize(argument, [fact for module in modules for fact in getattr(module, name, ())])
