"""A little project with suites of its own, on a platform that is only a stand-in."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

# Before any inner run: pytester forgets modules that are first imported in one, and the next would see another copy.
import kserve_conformance.plugin.controller  # noqa: F401

ENGINE = """
import json, os, pathlib
import pytest
from kserve_conformance.model import Capability, Target, Versions
from kserve_conformance.plugin import options
from kserve_conformance.platform.contexts import PlatformUnreachable
from kserve_conformance.plugin.platforms import Facts

HERE = pathlib.Path(__file__).parent

def note(line):
    with (HERE / "engine.log").open("a") as log:
        log.write(line + "\\n")

class Opened:
    def __init__(self, settings):
        embedded = settings.target == "embedded"
        self.facts = Facts(
            target=Target(settings.target, "stand-in", "https://stand-in", rehearsal=embedded),
            kubeconfig="kubeconfig",
            versions=Versions("1.33.4" + ("+embedded" if embedded else ""), "0.10.0", "1.7.2", "1.16.0"),
            capabilities=(Capability("kserve", True, "it is there"), Capability("grpc", False, "port closed")),
        )
    def sweep(self, run_id):
        note(f"sweep {run_id}")
        if self.facts.target.kind == "kind":
            raise PlatformUnreachable("it does not answer", next="delete it later")
    def close(self):
        note("close")

class Engine:
    def open(self, settings):
        if settings.context == "nowhere":
            raise PlatformUnreachable("nowhere does not answer", next="check the network")
        note(f"open {settings.target}")
        return Opened(settings)
    def connect(self, facts):
        return facts.target.context
    def collect(self, platform, services, samples, folder):
        folder.mkdir(parents=True)
        (folder / "services.txt").write_text(" ".join(services))

@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    config.stash[options.ENGINE] = Engine()
"""

REQUIREMENTS = """
- {id: KC-A-001, level: MUST, capability: kserve, sentence: The first holds., source: [here]}
- {id: KC-A-002, level: MUST, capability: kserve, sentence: The second holds., source: [here]}
- {id: KC-A-003, level: MUST, capability: grpc, sentence: The third holds., source: [here]}
- {id: KC-A-004, level: MUST, capability: kserve, versions: {kserve: ">=0.11"}, sentence: Fourth holds., source: [here]}
"""


class Project:
    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester
        self.path = pytester.path
        self._write("conftest.py", ENGINE)
        self._write("manifests/requirements/all.yaml", REQUIREMENTS)
        self._write("manifests/profiles/serverless.yaml", "summary: All.\nmust: [kserve, grpc]\n")
        warnings = "filterwarnings =\n  error\n  ignore:Module already imported:pytest.PytestAssertRewriteWarning\n"
        # Hypothesis' plugin warns when its module was used before it is loaded, as other tests of this process do.
        strangers = " ".join(f"-p no:{name}" for name in ("cacheprovider", "schemathesis", "hypothesispytest"))
        options = f"addopts = --strict-markers --import-mode=importlib {strangers}"
        self._write("pytest.ini", f"[pytest]\n{options}\n{warnings}")

    def _write(self, name: str, text: str) -> None:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def suite(self, name: str, body: str) -> None:
        imports = "import pytest\nfrom kserve_conformance.plugin import disruptive, requirement, serial\n"
        self._write(f"suites/{name}", imports + body)

    def run(self, *args: str) -> pytest.RunResult:
        return self.pytester.runpytest_inprocess("suites", "--run-id", "r1", *args, no_reraise_ctrlc=True)

    @property
    def report(self) -> Path:
        return self.path / "reports/runs/r1"

    @property
    def results(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.report / "results.json").read_text())
        return content

    def result(self, name: str) -> dict[str, Any]:
        (found,) = [each for each in self.results["results"] if each["nodeid"].endswith(f"::{name}")]
        return found

    @property
    def engine_log(self) -> list[str]:
        log = self.path / "engine.log"
        return log.read_text().splitlines() if log.exists() else []


@pytest.fixture
def project(pytester: pytest.Pytester) -> Project:
    return Project(pytester)


@pytest.fixture
def suite(project: Project) -> Callable[[str], None]:
    """One module of tests in the area `area`."""
    return lambda body: project.suite("area/test_it.py", body)
