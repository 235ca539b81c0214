"""Small modules, and nothing in them of the machine they were written on."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MOST_LINES = 350
SOURCES = [
    path for top in ("kserve_conformance", "fixtures", "suites", "scripts") for path in (ROOT / top).rglob("*.py")
]


def test_modules_are_small() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in SOURCES}
    assert {name: length for name, length in lengths.items() if length > MOST_LINES} == {}


def test_no_module_is_named_after_nothing() -> None:
    assert [path.name for path in SOURCES if path.stem in ("utils", "helpers", "common", "misc")] == []


def test_no_paths_of_one_machine() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True
    )
    if listed.returncode:
        pytest.skip("not a git checkout, so nobody can say which files belong to it")
    machine = re.compile(r"(?<![\w.$}/-])/(?:work|root|home/\w+|Users/\w+)/")
    found = []
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if path.is_file() and path.suffix in (".py", ".md", ".yaml", ".toml", ".json", ".txt", ""):
            found += [name for line in path.read_text(errors="replace").splitlines() if machine.search(line)]
    assert sorted(set(found)) == []
