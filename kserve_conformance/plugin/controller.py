"""The process the user started: opens the platform, hands it to the workers, gathers results, writes the report."""

from __future__ import annotations

import shlex
import sys
import time
import warnings
from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from kserve_conformance import reporting
from kserve_conformance.catalogue import verdict
from kserve_conformance.catalogue.selection import Selection
from kserve_conformance.model import Run, Target, TestResult, VerdictWord, Versions
from kserve_conformance.platform.contexts import PlatformUnreachable
from kserve_conformance.plugin import lock, options
from kserve_conformance.plugin.engine import Engine
from kserve_conformance.plugin.options import Settings
from kserve_conformance.plugin.platforms import EnginePort, Facts, Opened
from kserve_conformance.plugin.results import Gathering
from kserve_conformance.plugin.screen import Screen
from kserve_conformance.plugin.worker import Worker

_HANDOVER = "kserve_conformance"
_WRITE_EVERY = 1.0  # seconds; what a killed run leaves behind is at most this old


def install(config: pytest.Config) -> None:
    engine: EnginePort = config.stash.get(options.ENGINE, None) or Engine()
    handed: dict[str, Any] | None = getattr(config, "workerinput", {}).get(_HANDOVER)
    if handed is None:
        settings = options.read(config)
        try:
            settings.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise pytest.UsageError(f"the report cannot be written to {settings.folder}: {error.strerror}") from error
        controller = Controller(config, settings, engine)
        config.pluginmanager.register(controller, "kserve-conformance-controller")
    else:
        settings = options.read(config, run_id=handed["run_id"], folder=Path(handed["folder"]))
        Worker(settings, Facts.of_plain(handed["facts"]), engine, handed["worker"]).install(config)


@dataclass(frozen=True)
class _Ending:
    """Why a run ended other than by running all its tests."""

    verdict: VerdictWord
    note: str


class Controller:
    def __init__(self, config: pytest.Config, settings: Settings, engine: EnginePort) -> None:
        self._config = config
        self._settings = settings
        self._engine = engine
        self._screen = Screen.over(config, settings.folder)
        self._began = time.time()
        self._written = 0.0
        self._opened: Opened | None = None
        self._gathering: dict[str, Gathering] = {}
        self._results: list[TestResult] = []
        self._ending: _Ending | None = None
        self._uncollected: list[str] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Before xdist starts its workers, which are told where the platform is."""
        self._screen.begin(self._run(None, verdict.EXIT_KEPT))
        try:
            self._opened = self._engine.open(self._settings)
        except PlatformUnreachable as error:
            self._ending = _Ending("blocked", f"{error}; {error.next}")
            run = self._write(verdict.EXIT_UNREACHABLE)
            self._screen.end(run, uncollected=[])
            pytest.exit("the platform cannot be reached", returncode=verdict.EXIT_UNREACHABLE)
        self._config.add_cleanup(self._opened.close)
        self._screen.header(self._run(None, verdict.EXIT_KEPT))
        if not self._config.getoption("numprocesses", None):
            Worker(self._settings, self._opened.facts, self._engine, "main").install(self._config)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Of xdist: what a worker has to know."""
        assert self._opened is not None
        node.workerinput[_HANDOVER] = {
            "run_id": self._settings.run_id,
            "folder": str(self._settings.folder),
            "facts": self._opened.facts.as_plain(),
            "worker": node.gateway.id,
        }

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        self._screen.expect(ids)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        if session.items:  # none in the controller of workers
            self._screen.expect([item.nodeid for item in session.items])

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed and report.longreprtext not in self._uncollected:
            self._uncollected.append(report.longreprtext)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._screen.started(nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        gathering = self._gathering.setdefault(report.nodeid, Gathering(self._began))
        result = gathering.add(report)
        if result is None:
            return
        del self._gathering[report.nodeid]
        self._results.append(result)
        self._screen.result(result)
        if time.monotonic() - self._written > _WRITE_EVERY:
            self._written = time.monotonic()
            reporting.write_results(self._run("interrupted", verdict.EXIT_INTERRUPTED), self._settings.folder)

    def pytest_keyboard_interrupt(self) -> None:
        """What was being made at that moment stays half made; pytest would say so instead of ending as interrupted."""
        warnings.simplefilter("ignore", pytest.PytestUnraisableExceptionWarning)
        self._ending = _Ending("interrupted", "interrupted from the keyboard")

    def pytest_internalerror(self, excrepr: object) -> None:
        last = str(excrepr).strip().splitlines()[-1]
        self._ending = _Ending("interrupted", f"internal error: {last}")

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> Generator[None, None, None]:
        """After everyone else: by then xdist has ended its workers, and the fixtures of this process are gone."""
        try:
            yield
        finally:
            code = self._exit_code(exitstatus)
            if self._uncollected:
                self._ending = _Ending("blocked", f"{len(self._uncollected)} test modules could not be imported")
                code = verdict.EXIT_INTERNAL
            try:
                self._release()
            except PlatformUnreachable as error:
                self._ending = _Ending("blocked", f"the platform went away: {error}; {error.next}")
                code = verdict.EXIT_UNREACHABLE
            session.exitstatus = code
            run = self._write(code)
            self._screen.end(run, uncollected=self._uncollected)

    def _exit_code(self, exitstatus: int) -> int:
        """Pytest's own codes where it could not do its work; else what the results say."""
        if exitstatus == pytest.ExitCode.INTERRUPTED and self._ending is None:
            self._ending = _Ending("interrupted", "stopped before all tests ran")
        if exitstatus in (verdict.EXIT_INTERRUPTED, verdict.EXIT_INTERNAL, verdict.EXIT_USAGE, verdict.EXIT_NOTHING):
            return int(exitstatus)
        return verdict.exit_code(self._results)

    def _release(self) -> None:
        lock.remove(self._settings.folder)
        if self._opened is None:
            return
        if self._settings.keep == "never":
            self._opened.sweep(self._settings.run_id)
        self._opened.close()

    def _write(self, code: int) -> Run:
        run = self._run(None, code)
        reporting.write(run, self._settings.folder)
        return run

    def _run(self, word: VerdictWord | None, code: int) -> Run:
        settings = self._settings
        facts = self._opened.facts if self._opened is not None else _nothing_known(settings)
        selection = Selection(
            profile=settings.profile,
            versions=facts.versions,
            capabilities={each.name: each for each in facts.capabilities},
            required=settings.required,
            exempted=settings.exempted,
        )
        counts = verdict.tally(selection, settings.requirements.values(), self._results)
        if word is None and self._ending is not None:
            word = self._ending.verdict
        return Run(
            run_id=settings.run_id,
            started=datetime.fromtimestamp(self._began, UTC).isoformat(timespec="seconds"),
            seconds=round(time.time() - self._began, 2),
            target=facts.target,
            versions=facts.versions,
            profile=settings.profile.name,
            options=settings.shown(),
            capabilities=facts.capabilities,
            requirements=tuple(settings.requirements.values()),
            results=tuple(self._results),
            verdict=word or verdict.judge(counts, self._results, rehearsal=facts.target.rehearsal),
            exit_code=code,
            tally=counts,
            command=shlex.join(["pytest", *sys.argv[1:]]),
            note=self._ending.note if self._ending is not None else "",
        )


def _nothing_known(settings: Settings) -> Facts:
    target = Target(settings.target, settings.context, "", rehearsal=settings.target == "embedded")
    return Facts(target=target, kubeconfig="", versions=Versions("", "", "", ""), capabilities=())
