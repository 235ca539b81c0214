"""The plugin is installed for every run of pytest, and must not be felt where it is not meant."""

from __future__ import annotations

import subprocess
import sys


def test_own_tests_start_no_platform(project, suite):
    suite("def test_one(): ...\n")
    project.pytester.makepyfile(test_other="def test_other(): ...")
    result = project.pytester.runpytest_inprocess("test_other.py")
    result.assert_outcomes(passed=1)
    assert project.engine_log == []
    assert not (project.path / "reports").exists()


def test_collecting_starts_no_platform(project, suite):
    suite('@requirement("KC-A-001")\ndef test_one(): ...\n')
    result = project.run("--collect-only", "-q")
    result.stdout.fnmatch_lines(["suites/area/test_it.py::test_one"])
    assert project.engine_log == []


def test_folder_above_the_suites_is_about_them_too(project, suite):
    suite('@requirement("KC-A-001")\ndef test_one(): ...\n')
    assert project.pytester.runpytest_inprocess("--run-id", "r1").ret == 0
    assert project.engine_log[0] == "open embedded"


def test_every_option_is_documented(project):
    text = project.pytester.runpytest_inprocess("--help").stdout.str()
    for name in ("--target", "--context", "--kubeconfig", "--stack", "--profile", "--require", "--exempt", "--keep"):
        assert name in text
    for name in ("--report-dir", "--namespace-annotation", "--run-id", "--disruptive", "--no-disruptive"):
        assert name in text


def test_loading_the_plugin_costs_little():
    """No client, no template engine, no YAML before a run is known to be about the suites."""
    heavy = "kubernetes", "jinja2", "httpx", "aiohttp", "kserve_conformance.reporting"
    code = f"import sys, kserve_conformance.plugin as p; print([n for n in {heavy!r} if n in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"
