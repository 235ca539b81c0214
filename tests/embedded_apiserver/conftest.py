from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from kserve_conformance.embedded.apiserver.resources import NAMESPACES
from kserve_conformance.embedded.objects import random_suffix
from tests.embedded_apiserver.serving import Served, serve


@pytest.fixture(name="serve")
def _serve() -> Callable[[Path], AbstractContextManager[Served]]:
    return serve


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for all tests; each works in a namespace of its own."""
    with serve(tmp_path_factory.mktemp("apiserver")) as running:
        yield running


@pytest.fixture
def namespace(served: Served) -> str:
    name = f"t-{random_suffix(8)}"
    served.on_loop(lambda: served.store.create(NAMESPACES, {"metadata": {"name": name}}))
    return name
