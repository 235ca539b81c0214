"""The terminal of a run of the suites: quiet while it goes well, and pytest's own output when -v asks for it."""

from __future__ import annotations

import os
import shutil
import sys
from collections import Counter
from importlib import metadata
from pathlib import Path

import pytest

from kserve_conformance.model import Run, TestResult
from kserve_conformance.reporting import terminal, words
from kserve_conformance.reporting.terminal import Line, Tone

_MARKUP: dict[Tone, dict[str, bool]] = {
    "plain": {},
    "quiet": {"light": True},
    "strong": {"bold": True},
    "good": {"green": True},
    "bad": {"red": True},
    "warn": {"yellow": True},
}
_SILENT = -2  # pytest -qq: neither a header nor a summary of its own


class Screen:
    """Ours instead of pytest's, unless the user asked for more (-v) or for less (-q)."""

    def __init__(self, config: pytest.Config, folder: Path, *, ours: bool) -> None:
        self._config = config
        self._folder = os.path.relpath(folder, config.invocation_params.dir)
        self._ours = ours
        self._expected: Counter[str] = Counter()
        self._results: dict[str, list[TestResult]] = {}
        self._running: list[str] = []
        self._done = 0
        self._showing = False

    @classmethod
    def over(cls, config: pytest.Config, folder: Path) -> Screen:
        """Called before pytest makes its terminal reporter, which reads the options set here."""
        ours = config.option.verbose == 0
        if ours:
            config.option.verbose = _SILENT
            config.option.no_summary = True
            config.pluginmanager.register(_Hushed(), "kserve-conformance-hush")
        return cls(config, folder, ours=ours)

    @property
    def _reporter(self) -> pytest.TerminalReporter | None:
        return self._config.pluginmanager.get_plugin("terminalreporter")

    def begin(self, run: Run) -> None:
        self._say(terminal.title(run, metadata.version("kserve-conformance")))

    def header(self, run: Run) -> None:
        self._say(terminal.header(run, self._folder))
        self._status("starting")

    def expect(self, nodeids: list[str]) -> None:
        """Every xdist worker says so, all of them the same."""
        self._expected = Counter(words.area(nodeid) for nodeid in nodeids)

    def started(self, nodeid: str) -> None:
        self._running.append(words.short(nodeid).rpartition("::")[2])
        self._progress()

    def result(self, result: TestResult) -> None:
        name = words.short(result.nodeid).rpartition("::")[2]
        if name in self._running:
            self._running.remove(name)
        self._done += 1
        area = words.area(result.nodeid)
        found = self._results.setdefault(area, [])
        found.append(result)
        if self._ours and len(found) == self._expected[area]:
            self._say([terminal.area(area, found)])
        self._progress()

    def end(self, run: Run, uncollected: list[str]) -> None:
        unfinished = [
            terminal.area(area, found) for area, found in self._results.items() if len(found) < self._expected[area]
        ]
        self._say(unfinished if self._ours else [])
        for text in uncollected if self._ours else []:
            self._say([Line(), *(Line(f"   {line}") for line in text.splitlines()[-terminal.FAILURE_LINES :])])
        for result in sorted(run.results, key=lambda each: each.nodeid):
            if result.outcome in words.BAD:
                self._say([Line(), *terminal.failure(run, result, self._folder)])
        self._say([*terminal.footer(run, self._folder), Line()])

    def _progress(self) -> None:
        total = sum(self._expected.values())
        if total and self._done < total:
            self._status(f"{self._done}/{total}   " + " · ".join(self._running[:4]))

    def _status(self, text: str) -> None:
        """One line that comes and goes, on a terminal only."""
        reporter = self._reporter
        if self._ours and reporter is not None and reporter.isatty:
            self._showing = True
            reporter.rewrite(f" {text}"[: min(terminal.WIDTH, shutil.get_terminal_size().columns - 1)], erase=True)

    def _say(self, lines: list[Line]) -> None:
        reporter = self._reporter
        if reporter is None:
            return
        if self._showing and lines:
            self._showing = False
            reporter.rewrite("", erase=True)
            reporter.rewrite("")  # back to the first column
        for line in lines:
            reporter.ensure_newline()
            reporter.write_line(line.on(sys.stdout.encoding), **_MARKUP[line.tone])


class _Hushed:
    """No letter for each test, and no word about nodes being brought up."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str]:
        return (report.outcome if report.when == "call" or not report.passed else "", "", "")

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        spread = session.config.pluginmanager.get_plugin("dsession")
        if spread is not None:
            spread.terminal = None
            session.config.pluginmanager.unregister(name="terminaldistreporter")
