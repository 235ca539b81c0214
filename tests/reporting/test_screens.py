"""Screens and the summary, letter by letter. To accept a change: UPDATE_GOLDEN=1 pytest tests/reporting."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from kserve_conformance.model import Breach, Run
from kserve_conformance.reporting import summary, terminal, words

GOLDEN = Path(__file__).parent / "golden"
FOLDER = "reports/runs/x"


def screen(run: Run) -> str:
    lines = [*terminal.title(run, "0.1.0"), *terminal.header(run, FOLDER)]
    lines += [terminal.area(area, results) for area, results in words.by_area(run.results).items()]
    for result in run.results:
        if result.outcome in words.BAD:
            lines += [terminal.Line(), *terminal.failure(run, result, FOLDER)]
    return "\n".join(line.text for line in [*lines, *terminal.footer(run, FOLDER)]) + "\n"


def same(name: str, text: str) -> None:
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    assert text == path.read_text()


@pytest.mark.parametrize("kind", ["rehearsed", "broken", "blocked"])
def test_screen(kind: str, request: pytest.FixtureRequest) -> None:
    same(f"{kind}.screen.txt", screen(request.getfixturevalue(kind)))


@pytest.mark.parametrize("kind", ["rehearsed", "broken", "blocked"])
def test_summary(kind: str, request: pytest.FixtureRequest) -> None:
    same(f"{kind}.summary.md", summary.render(request.getfixturevalue(kind)))


def test_failure_is_never_longer_than_twelve_lines(broken: Run) -> None:
    long = "one thing after another " * 60
    breach = Breach(*([long] * 7))
    lines = terminal.failure(broken, replace(broken.results[1], breach=breach), FOLDER)
    assert len(lines) <= terminal.FAILURE_LINES
    assert [line.text.split()[0] for line in lines if line.text[3] != " "][1:] == [
        "promise",
        "expected",
        "observed",
        "likely",
        "evidence",
        "next",
        "curl",
    ]


def test_screen_in_ascii(broken: Run) -> None:
    lines = [*terminal.title(broken, "0.1.0"), *terminal.footer(broken, FOLDER)]
    lines += [terminal.area(area, results) for area, results in words.by_area(broken.results).items()]
    assert all(line.ascii.isascii() and "?" not in line.ascii for line in lines)


def test_target_is_shouted_everywhere(rehearsed: Run) -> None:
    assert "EMBEDDED platform" in screen(rehearsed)
    assert "REHEARSED on the embedded platform" in summary.render(rehearsed)


def test_cluster_never_says_rehearsed(broken: Run) -> None:
    assert "rehears" not in (screen(broken) + summary.render(broken)).lower()
