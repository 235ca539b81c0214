"""`suites/README.md` lists the promises, tests and faults there are."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_page_is_of_these_requirements() -> None:
    command = [sys.executable, str(ROOT / "scripts/requirements.py"), "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
