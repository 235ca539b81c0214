"""`make setup` on a machine that is not fit for it: one clear line each."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def setup() -> ModuleType:
    spec = importlib.util.spec_from_file_location("setup_script", ROOT / "scripts/setup.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ((3, 10), "setup: Python 3.11 or newer is needed, this is 3.10; run: make setup PYTHON=python3.11"),
        ((3, 14), "setup: KServe has no release for Python 3.14 yet; run: make setup PYTHON=python3.13"),
    ],
)
def test_python_of_the_wrong_version(setup, monkeypatch, version, said):
    monkeypatch.setattr(setup.sys, "version_info", version)
    with pytest.raises(SystemExit, match=said):
        setup.check_machine()


def test_no_disk_space(setup, monkeypatch):
    monkeypatch.setattr(setup.shutil, "disk_usage", lambda _: SimpleNamespace(free=2**30))
    with pytest.raises(SystemExit, match=r"setup: 1\.0 GiB free under .*, 3 GiB are needed; free some space"):
        setup.check_machine()


def test_no_venv_module(setup, monkeypatch):
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(SystemExit, match="on Debian: apt-get install python3-venv"):
        setup.check_machine()


@pytest.mark.skipif(shutil.which("make") is None, reason="make is what this asks")
def test_no_python() -> None:
    command = ["make", "--no-print-directory", "setup", "PYTHON=python3.99"]  # this may itself run below make
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout.startswith("setup: python3.99 not found; install Python 3.11 or newer, or name one:")


def test_second_run_installs_nothing(setup, monkeypatch, tmp_path):
    stamp = tmp_path / "setup.stamp"
    stamp.write_text(setup.wanted_stamp())
    monkeypatch.setattr(setup, "STAMP", stamp)
    monkeypatch.setattr(setup, "install", lambda: pytest.fail("it installed again"))
    setup.main()
