"""Recording stand-ins for the tools that a Kind cluster needs: each writes down how it was called."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

STAND_IN = """#!{python} -IS
import json, os, sys
name = os.path.basename(sys.argv[0])
with open({log!r}, "a") as log:
    log.write(json.dumps([name, *sys.argv[1:]]) + "\\n")
answers = json.load(open({answers!r}))
line = " ".join([name, *sys.argv[1:]])
if "clone" in sys.argv:
    os.makedirs(sys.argv[-1], exist_ok=True)
for start, (code, text) in answers.items():
    if line.startswith(start):
        print(text)
        sys.exit(code)
"""


class StandIns:
    """The calls so far, and what to answer to a command line that starts in a certain way."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._log = folder / "calls.jsonl"
        self._answers = folder / "answers.json"
        self._answers.write_text("{}")

    def add(self, *names: str) -> None:
        script = STAND_IN.format(python=sys.executable, log=str(self._log), answers=str(self._answers))
        for name in names:
            path = self.folder / name
            path.write_text(script)
            path.chmod(0o755)

    def answer(self, start: str, *, code: int = 0, text: str = "") -> None:
        answers = json.loads(self._answers.read_text())
        self._answers.write_text(json.dumps({start: (code, text), **answers}))

    @property
    def calls(self) -> list[list[str]]:
        lines = self._log.read_text().splitlines() if self._log.exists() else []
        return [json.loads(line) for line in lines]


@pytest.fixture
def stand_ins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., StandIns]:
    folder = tmp_path / "bin"
    folder.mkdir()
    made = StandIns(folder)

    def make(*names: str, path: str = "") -> StandIns:
        made.add(*names)
        monkeypatch.setenv("PATH", f"{folder}:{path}" if path else str(folder))
        return made

    return make
