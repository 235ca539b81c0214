"""Fixtures that come with the plugin, in every process that runs tests of the suites."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from kserve_conformance.model import Sample
from kserve_conformance.plugin.options import Keep
from kserve_conformance.plugin.platforms import EnginePort, Facts
from kserve_conformance.plugin.results import Notes

HERE = pytest.StashKey["Here"]()
NOTES = pytest.StashKey[Notes]()
REMEMBERED = 1000  # requests of the current test: the last ones, for its evidence


@dataclass
class RunHere:
    """The fixture `run`: what fixtures need to know of the run, and where they say what a test stands on."""

    run_id: str
    worker: str
    folder: Path
    keep: Keep
    namespace_annotations: Mapping[str, str]
    failed: bool = False
    services: list[Any] = field(default_factory=list)
    sent: deque[Sample] = field(default_factory=lambda: deque(maxlen=REMEMBERED))

    def begin(self) -> None:
        """A test begins: what the one before stood on and sent is none of its evidence."""
        self.services.clear()
        self.sent.clear()

    def stands_on(self, service: Any) -> None:
        """Evidence of a failure of the current test is collected about this service."""
        if service not in self.services:
            self.services.append(service)

    @property
    def keeps(self) -> bool:
        """Whether what was created stays after the run."""
        return self.keep == "always" or (self.keep == "on-failure" and self.failed)


@dataclass
class Here:
    """What this process has. The platform is connected when a test first asks for it."""

    run: RunHere
    facts: Facts
    engine: EnginePort
    connected: Any = None

    def platform(self) -> Any:
        if self.connected is None:
            self.connected = self.engine.connect(self.facts)
        return self.connected


@pytest.fixture(scope="session")
def run(pytestconfig: pytest.Config) -> RunHere:
    """Run id, worker, report folder, and what to keep."""
    return pytestconfig.stash[HERE].run


@pytest.fixture(scope="session")
def platform(pytestconfig: pytest.Config) -> Any:
    """The platform under test."""
    return pytestconfig.stash[HERE].platform()


@pytest.fixture
def record(request: pytest.FixtureRequest) -> Callable[[str, float], None]:
    """Keep a figure of this test for the report."""
    figures = request.node.stash[NOTES].figures

    def keep(name: str, value: float) -> None:
        figures[name] = float(value)

    return keep
