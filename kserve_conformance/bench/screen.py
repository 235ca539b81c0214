"""What the terminal says of a benchmark: the target, the machine, then each scenario when it is measured."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib import metadata

from kserve_conformance.bench.record import headline, spread
from kserve_conformance.load.result import Scenario, Stage, number
from kserve_conformance.model import Run
from kserve_conformance.reporting import terminal, words
from kserve_conformance.reporting.terminal import Line, Tone, row
from kserve_conformance.timeline.cold_start import STAGES

_BAR = 20  # columns
_COLOURS: Mapping[Tone, str] = {"quiet": "2", "strong": "1", "good": "32", "bad": "31", "warn": "33"}
_TONES: Mapping[str, Tone] = {"met": "good", "missed": "bad", "not decided": "warn"}
_LABEL = 16


class Screen:
    def __init__(self) -> None:
        self._live = sys.stdout.isatty()
        self._coloured = self._live and "NO_COLOR" not in os.environ  # no-color.org

    def say(self, lines: Iterable[Line]) -> None:
        self.status("")
        for line in lines:
            text = line.on(sys.stdout.encoding)
            colour = _COLOURS.get(line.tone) if self._coloured else None
            print(f"\x1b[{colour}m{text}\x1b[0m" if colour else text, flush=True)

    def status(self, text: str) -> None:
        """One line that comes and goes, on a terminal only."""
        if self._live:
            print(f"\r\x1b[K {text}" if text else "\r\x1b[K", end="", flush=True)

    def title(self, run: Run) -> None:
        self.say(terminal.name(run, metadata.version("kserve-conformance")))
        self.status("the platform starts" if run.target.kind == "embedded" else "the platform is looked at")

    def header(self, run: Run, machine: Mapping[str, str], folder: str) -> None:
        """Only now, since a cluster of the kubeconfig may turn out to be an embedded platform."""
        asked = "  ".join(f"{name} {value}" for name, value in run.options.items() if name != "--target")
        versions = " · ".join(f"{name} {version}" for name, version in words.versions(run).items())
        self.say([terminal.target(run), Line(row("versions", versions)), Line(row("options", asked))])
        self.say(Line(row(name, value)) for name, value in machine.items())
        self.say([Line(row("report", f"{folder}/"))])

    def scenario(self, scenario: Scenario) -> None:
        self.say(shown(scenario))

    def footer(self, run: Run, folder: str) -> None:
        tone: Tone = "good" if run.exit_code == 0 else "bad" if run.verdict == "measured" else "warn"
        said = f"{words.meaning(run)}   {words.seconds(run.seconds)}   exit {run.exit_code}"
        self.say([Line(), Line(row(run.verdict, said), tone), Line(row("report", f"{folder}/index.html")), Line()])


def shown(scenario: Scenario) -> Iterator[Line]:
    yield Line()
    yield Line(row(scenario.name, scenario.sentence or scenario.load), "strong")
    if scenario.sentence:
        yield Line(row("", scenario.load), "quiet")
    for figure in scenario.figures:
        if headline(figure):
            yield Line(row("", f"{figure.name:<{_LABEL}} {figure.shown()}"))
    rest = [f"{figure.name} {figure.shown()}" for figure in scenario.figures if not headline(figure)]
    yield from (Line(row("", text), "quiet") for text in _packed(rest))
    yield from _waterfall(scenario.stages)
    for each in scenario.slo:
        yield Line(row("", f"SLO {each.verdict}: {each.figure} {each.bound}: {each.said}"), _TONES[each.verdict])
    yield Line(row("", "valid"), "good") if scenario.valid else Line(row("", f"INVALID: {scenario.why}"), "bad")


def _waterfall(stages: Iterable[Stage]) -> Iterator[Line]:
    """Each stage where it lies in the whole; medians in milliseconds."""
    found = [each for each in stages if each.seconds is not None]
    whole = sum(each.seconds or 0.0 for each in found)
    at = 0.0
    for stage in found:
        seconds = stage.seconds or 0.0
        begin, end = round(_BAR * at / whole), round(_BAR * (at + seconds) / whole)
        at += seconds
        bar = " " * begin + "■" * max(end - begin, 1)
        text = f"{stage.name:<{_LABEL}} {number(seconds * 1e3):>5} ms  {spread(stage):<18} {bar:<{_BAR + 1}} "
        yield Line(row("", f"{text}{STAGES.get(stage.name, '')}"))


def _packed(parts: Iterable[str]) -> Iterator[str]:
    """As many on a line as there is room for."""
    line = ""
    for part in parts:
        if line and len(line) + len(part) > terminal.WIDTH - 20:
            yield line
            line = ""
        line += f" · {part}" if line else part
    if line:
        yield line
