"""Where tests run, in each worker process: what may run, when, and what is kept of a failure."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import pytest

from kserve_conformance.catalogue.selection import Selection
from kserve_conformance.kube import waiting
from kserve_conformance.model import Breach, Skip
from kserve_conformance.plugin import lock, provided
from kserve_conformance.plugin.markers import requirements_of
from kserve_conformance.plugin.options import Settings
from kserve_conformance.plugin.order import arranged
from kserve_conformance.plugin.platforms import EnginePort, Facts
from kserve_conformance.plugin.provided import HERE, NOTES, Here, RunHere
from kserve_conformance.plugin.results import Notes, breach_of


class PromiseNotKeptError(AssertionError):
    """Found before the test began; its words are in the notes already."""


class Worker:
    """A plugin object of its own, so that runs that are not about the suites know nothing of it."""

    def __init__(self, settings: Settings, facts: Facts, engine: EnginePort, worker: str) -> None:
        self._settings = settings
        self._selection = Selection(
            profile=settings.profile,
            versions=facts.versions,
            capabilities={each.name: each for each in facts.capabilities},
            required=settings.required,
            exempted=settings.exempted,
        )
        run = RunHere(
            run_id=settings.run_id,
            worker=worker,
            folder=settings.folder,
            keep=settings.keep,
            namespace_annotations=settings.namespace_annotations,
        )
        self._here = Here(run, facts, engine)

    def install(self, config: pytest.Config) -> None:
        config.stash[HERE] = self._here
        config.pluginmanager.register(provided, "kserve-conformance-fixtures")
        config.pluginmanager.register(self, "kserve-conformance-worker")

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            unknown = [name for name in requirements_of(item) if name not in self._settings.requirements]
            if unknown:
                raise pytest.UsageError(
                    f"{item.nodeid}: no requirement {', '.join(unknown)} in manifests/requirements/"
                )
        items[:] = arranged(items, slow=_is_slow, serial=_is_serial)
        self._others = sum(not _is_serial(item) for item in items)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        notes = Notes(requirements=requirements_of(item), promise=_promise(item, self._settings))
        item.stash[NOTES] = notes
        item.user_properties.extend(("requirement", name) for name in notes.requirements)
        self._here.run.begin()
        waiting.WAITS.clear()
        with lock.inside(self._settings.folder) as self._inside:
            ran = yield
        if not _is_serial(item):
            lock.one_over(self._settings.folder)
        return ran

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        notes = item.stash[NOTES]
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
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        if not _is_serial(item):
            return (yield)
        with self._inside.alone(after=self._others) as queued:
            item.stash[NOTES].queued = queued
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Runs before the fixtures of a failed phase are torn down, so everything is still there to be looked at."""
        report = yield
        notes = item.stash[NOTES]
        if report.failed and call.excinfo is not None:
            error = call.excinfo.value
            self._here.run.failed = True
            notes.broken = notes.broken or isinstance(error, AssertionError)
            notes.invalid = notes.invalid or getattr(error, "measurement_invalid", False)
            if notes.breach is None:
                notes.breach = breach_of(error, notes.promise)
            if call.when != "teardown":
                notes.breach = self._with_evidence(notes.breach, item)
        notes.waited = _longest(waiting.WAITS)
        notes.attach(report)
        return report

    def _with_evidence(self, breach: Breach, item: pytest.Item) -> Breach:
        run = self._here.run
        if self._here.connected is None or not (run.services or run.sent):
            return breach
        place = f"evidence/{evidence_name(item.nodeid)}"
        try:
            folder = self._settings.folder / place
            self._here.engine.collect(self._here.connected, tuple(run.services), tuple(run.sent), folder)
        except Exception as error:  # noqa: BLE001 - a failed look must not hide the failure that made us look
            place = f"none, collecting it failed: {type(error).__name__}: {error}"
        return Breach(**{**vars(breach), "evidence": place})


def _longest(waits: Sequence[waiting.Wait]) -> str:
    """What is worth a word: a second and more."""
    longest = max(waits, key=lambda wait: wait.seconds, default=None)
    return f"{longest.seconds:.0f} s for {longest.what}" if longest and longest.seconds >= 1 else ""


def _is_slow(item: pytest.Item) -> bool:
    return item.get_closest_marker("slow") is not None


def _is_serial(item: pytest.Item) -> bool:
    return item.get_closest_marker("serial") is not None


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
