from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from serving import Served

# importlib mode puts no test folder on the path: the helper module is loaded by its file.
_spec = importlib.util.spec_from_file_location("serving", Path(__file__).with_name("serving.py"))
assert _spec is not None
assert _spec.loader is not None
serving = importlib.util.module_from_spec(_spec)
sys.modules["serving"] = serving
_spec.loader.exec_module(serving)


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for all tests; each works in a namespace of its own."""
    with serving.serve(tmp_path_factory.mktemp("apiserver")) as running:
        yield running


@pytest.fixture
def namespace(served: Served, request: pytest.FixtureRequest) -> str:
    name = f"t-{abs(hash(request.node.nodeid)) % 10**9}"
    served.kubectl_quiet("create", "namespace", name)
    return name
