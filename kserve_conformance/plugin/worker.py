"""Where tests run, in each worker process: what may run, when, and what is kept of a failure."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from kserve_conformance.catalogue.selection import Selection
from kserve_conformance.model import Breach, Skip
from kserve_conformance.plugin import lock
from kserve_conformance.plugin.markers import requirements_of
from kserve_conformance.plugin.options import Keep, Settings
from kserve_conformance.plugin.platforms import EnginePort, Facts
from kserve_conformance.plugin.results import Notes, breach_of

_NOTES = pytest.StashKey[Notes]()


class PromiseNotKeptError(AssertionError):
    """Found before the test began; its words are in the notes already."""


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

    def stands_on(self, service: Any) -> None:
        """Evidence of a failure of the current test is collected about this service."""
        self.services.append(service)

    @property
    def keeps(self) -> bool:
        """Whether what was created stays after the run."""
        return self.keep == "always" or (self.keep == "on-failure" and self.failed)


class Worker:
    """A plugin object of its own, so that runs that are not about the suites know nothing of it."""

    def __init__(self, settings: Settings, facts: Facts, engine: EnginePort, worker: str) -> None:
        self._settings = settings
        self._facts = facts
        self._engine = engine
        self._platform: Any = None
        self._selection = Selection(
            profile=settings.profile,
            versions=facts.versions,
            capabilities={each.name: each for each in facts.capabilities},
            required=settings.required,
            exempted=settings.exempted,
        )
        self._run = RunHere(
            run_id=settings.run_id,
            worker=worker,
            folder=settings.folder,
            keep=settings.keep,
            namespace_annotations=settings.namespace_annotations,
        )

    @pytest.fixture(scope="session")
    def run(self) -> RunHere:
        """Run id, worker, report folder, and what to keep."""
        return self._run

    @pytest.fixture(scope="session")
    def platform(self) -> Any:
        """The platform under test."""
        if self._platform is None:
            self._platform = self._engine.connect(self._facts)
        return self._platform

    @pytest.fixture
    def record(self, request: pytest.FixtureRequest) -> Callable[[str, float], None]:
        """Keep a figure of this test for the report."""
        figures = request.node.stash[_NOTES].figures

        def keep(name: str, value: float) -> None:
            figures[name] = float(value)

        return keep

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Serial tests come last, when the other workers run dry anyway."""
        for item in items:
            unknown = [name for name in requirements_of(item) if name not in self._settings.requirements]
            if unknown:
                raise pytest.UsageError(
                    f"{item.nodeid}: no requirement {', '.join(unknown)} in manifests/requirements/"
                )
        items.sort(key=lambda item: item.get_closest_marker("serial") is not None)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        notes = Notes(requirements=requirements_of(item), promise=_promise(item, self._settings))
        item.stash[_NOTES] = notes
        item.user_properties.extend(("requirement", name) for name in notes.requirements)
        self._run.services.clear()
        with lock.held(self._settings.folder, alone=item.get_closest_marker("serial") is not None):
            return (yield)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        notes = item.stash[_NOTES]
        for name in notes.requirements:
            promised = self._settings.requirements[name]
            if skip := self._selection.skip(promised):
                self._leave_out(notes, skip)
            if breach := self._selection.broken(promised):
                notes.breach = breach
                raise PromiseNotKeptError(breach.observed)
        if item.get_closest_marker("disruptive") and not self._settings.disruptive:
            self._leave_out(notes, Skip("NotApplicable", "restarts platform components; allow it with --disruptive"))

    @staticmethod
    def _leave_out(notes: Notes, skip: Skip) -> None:
        notes.skip = skip
        pytest.skip(f"{skip.kind}: {skip.reason}")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Runs before the fixtures of a failed phase are torn down, so everything is still there to be looked at."""
        report = yield
        notes = item.stash[_NOTES]
        if report.failed and call.excinfo is not None:
            error = call.excinfo.value
            self._run.failed = True
            notes.broken = notes.broken or isinstance(error, AssertionError)
            notes.invalid = notes.invalid or getattr(error, "measurement_invalid", False)
            if notes.breach is None:
                notes.breach = breach_of(error, notes.promise)
            if call.when != "teardown":
                notes.breach = self._with_evidence(notes.breach, item)
        notes.attach(report)
        return report

    def _with_evidence(self, breach: Breach, item: pytest.Item) -> Breach:
        if self._platform is None or not self._run.services:
            return breach
        place = f"evidence/{evidence_name(item.nodeid)}"
        try:
            self._engine.collect(self._platform, tuple(self._run.services), self._settings.folder / place)
        except Exception as error:  # noqa: BLE001 - a failed look must not hide the failure that made us look
            place = f"none, collecting it failed: {type(error).__name__}: {error}"
        return Breach(**{**vars(breach), "evidence": place})


def evidence_name(nodeid: str) -> str:
    """`suites/lifecycle/test_ready.py::test_x[a b]` becomes `lifecycle/test_ready/test_x-a-b`."""
    path, _, name = nodeid.partition("::")
    plain = "".join(letter if letter.isalnum() or letter in "_-." else "-" for letter in name).strip("-")
    return f"{path.removeprefix('suites/').removesuffix('.py')}/{plain}"


def _promise(item: pytest.Item, settings: Settings) -> str:
    """The sentence of the requirement; the first line of the docstring where there is none."""
    for name in requirements_of(item):
        if name in settings.requirements:
            return settings.requirements[name].sentence
    function = getattr(item, "function", None)
    return (function.__doc__ or item.name).strip().splitlines()[0] if function else item.name
