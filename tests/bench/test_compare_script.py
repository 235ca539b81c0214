"""`scripts/bench_compare.py` as somebody uses it: screen, files, exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from kserve_conformance.load.result import Figure
from tests.bench.comparing import VERSIONS, figure, left, scenario, usual

ROOT = Path(__file__).parents[2]


def compared(*arguments: Path | str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "scripts/bench_compare.py", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        env={"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", "COLUMNS": "100"},
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return left(tmp_path / "base", usual())


def test_a_regression(base: Path, tmp_path: Path) -> None:
    head = left(tmp_path / "head", usual(p50=11))
    code, screen = compared(base, head)
    assert code == 1, screen
    assert "environment  the same" in screen
    p50 = next(line for line in screen.splitlines() if line.startswith(" p50"))
    assert p50.split()[1:6] == ["10.00", "11.0", "ms", "+10.0", "%"]
    assert p50.endswith("REGRESSION, over 5 %")
    assert "no difference (" in next(line for line in screen.splitlines() if "req/s" in line)
    assert "exit 1" in screen
    paths = [line for line in screen.splitlines() if line.startswith((" BASE", " HEAD", " written"))]
    assert max(len(line) for line in screen.splitlines() if line not in paths) <= 100


def test_both_files_say_the_same(base: Path, tmp_path: Path) -> None:
    head = left(tmp_path / "head", usual(p50=11))
    compared(base, head)
    plain = json.loads((head / "comparison.json").read_text())
    assert plain["schema"] == "kserve-conformance/comparison/1"
    assert (plain["base"], plain["head"], plain["exit_code"], plain["judged"]) == ("base", "head", 1, 3)
    p50, p95, throughput = plain["figures"]
    assert (p50["verdict"], p95["verdict"], throughput["verdict"]) == ("regression", *["no difference shown"] * 2)
    assert p50["effect"]["relative"]["value"] == pytest.approx(0.1)
    assert p50["effect"]["absolute"]["value"] == pytest.approx(1, rel=0.01)
    assert p50["effect"]["relative"]["low"] > 0
    assert p95["effect"]["detectable"] > 0
    assert len(p50["base_repeats"]) == 5
    markdown = (head / "comparison.md").read_text()
    assert markdown.startswith("**REGRESSION: regression 1")
    assert "| p50 | 10.00 | 11.0 | ms | +10.0 % |" in markdown
    assert not (base / "comparison.json").exists()


def test_nothing_worse(base: Path, tmp_path: Path) -> None:
    head, out = left(tmp_path / "head", usual()), tmp_path / "out"
    assert compared(base, head, "--out", out)[0] == 0
    assert sorted(each.name for each in out.iterdir()) == ["comparison.json", "comparison.md"]
    assert not (head / "comparison.json").exists()


def test_no_difference_shown_is_not_praised_where_noise_could_hide_one(base: Path, tmp_path: Path) -> None:
    noisy = [scenario("latency", figure("p50", 10), figure("p95", 20, repeats=(20, 40, 15, 22, 31)))]
    head = left(tmp_path / "head", [*noisy, usual()[1]])
    code, screen = compared(base, head)
    assert code == 0, screen
    said = next(line for line in screen.splitlines() if line.startswith(" unsure"))
    assert "latency p95" in said
    assert "latency p95" in (head / "comparison.md").read_text()


def test_environments_that_differ_are_refused_unless_wanted(base: Path, tmp_path: Path) -> None:
    head = left(tmp_path / "head", usual(p50=11), versions=replace(VERSIONS, kserve="0.21.0"))
    code, screen = compared(base, head)
    assert code == 4, screen
    assert "DIFFERS      kserve: 0.20.0 in BASE, 0.21.0 in HEAD" in screen
    assert "--across-environments" in screen
    assert "p50" not in screen
    assert not (head / "comparison.json").exists()
    code, screen = compared(base, head, "--across-environments")
    assert code == 1
    assert screen.index("DIFFERS") < screen.index("p50")
    assert "| kserve | 0.20.0 | 0.21.0 |" in (head / "comparison.md").read_text()


def test_an_invalid_run(base: Path, tmp_path: Path) -> None:
    head = left(tmp_path / "head", usual(valid=False, why="sent up to 9 ms late"))
    code, screen = compared(base, head)
    assert code == 11, screen
    assert "p50, p95: not comparable. INVALID in HEAD" in screen
    assert "INVALID      latency in HEAD: sent up to 9 ms late" in screen


def test_runs_without_repetitions(tmp_path: Path) -> None:
    once = [scenario("latency", Figure("p50", 2.5, "ms", 2.4, 2.6, better="lower"))]
    code, screen = compared(left(tmp_path / "a", once), left(tmp_path / "b", once))
    assert code == 5, screen
    assert "p50: not comparable. BASE: too few repetitions (0 of 5); HEAD: too few repetitions (0 of 5)" in screen
    assert "NOTHING COMPARED" in screen


def test_wrong_usage(base: Path, tmp_path: Path) -> None:
    for arguments, said in [
        ([], "make bench-compare BASE=run HEAD=run"),
        ([base, base], "the same run"),
        ([base, tmp_path / "missing"], "there is no run"),
        ([base, left(tmp_path / "head", usual()), "--budgets", tmp_path / "none.yaml"], "none.yaml: cannot be read"),
    ]:
        code, screen = compared(*arguments)
        assert (code, said in screen) == (4, True), screen


def test_figures_are_shown_though_they_cannot_be_written(base: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, screen = compared(base, left(tmp_path / "head", usual()), "--out", tmp_path / "file")
    assert code == 4
    assert "no difference" in screen
    assert "name a folder with --out" in screen
