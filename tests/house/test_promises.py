"""Nothing is promised that no test verifies, and no test verifies what is not promised."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from kserve_conformance.catalogue import profiles, requirements
from kserve_conformance.embedded.faults import catalogue as faults

ROOT = Path(__file__).parents[2]
PROMISED = requirements.load(ROOT / "manifests/requirements")
MOST_LINES = 25


def all_tests() -> Iterator[tuple[str, ast.FunctionDef]]:
    for path in sorted((ROOT / "suites").rglob("test_*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield f"{path.relative_to(ROOT)}::{node.name}", node


def named(test: ast.FunctionDef) -> list[str]:
    marks = [mark for mark in test.decorator_list if isinstance(mark, ast.Call) and _name(mark.func) == "requirement"]
    return [argument.value for mark in marks for argument in mark.args if isinstance(argument, ast.Constant)]


TESTS = dict(all_tests())
every_test = pytest.mark.parametrize("nodeid", TESTS)


def test_every_requirement_is_verified_by_exactly_one_test() -> None:
    verified = Counter(name for test in TESTS.values() for name in named(test))
    assert {name: verified[name] for name in PROMISED if verified[name] != 1} == {}


def test_every_test_verifies_what_is_promised() -> None:
    assert {
        nodeid for nodeid, test in TESTS.items() if not named(test) or not set(named(test)) <= set(PROMISED)
    } == set()


def test_docstring_and_sentence_say_the_same() -> None:
    """Who reads the test and who reads the report read one promise."""
    different = {}
    for nodeid, test in TESTS.items():
        first = (ast.get_docstring(test) or "").split("\n\n")[0].replace("\n", " ")
        if first not in [PROMISED[name].sentence for name in named(test)]:
            different[nodeid] = first
    assert different == {}


@every_test
def test_reads_given_when_then(nodeid: str) -> None:
    """Short, straight, and without a client, a sleep or a way around a failure."""
    test = TESTS[nodeid]
    assert test.end_lineno is not None
    assert test.end_lineno - test.lineno < MOST_LINES
    banned = (ast.If, ast.IfExp, ast.Try, ast.For, ast.While, ast.Assert)
    assert [type(node).__name__ for node in ast.walk(test) if isinstance(node, banned)] == []


def test_suites_import_no_client() -> None:
    banned = {"time", "requests", "httpx", "urllib", "kubernetes", "aiohttp", "subprocess", "socket"}
    found = []
    for path in (ROOT / "suites").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found += [f"{path.name}: {name}" for name in names if name.split(".")[0] in banned]
    assert found == []


@pytest.mark.parametrize("name", sorted(path.stem for path in (ROOT / "manifests/profiles").glob("*.yaml")))
def test_profiles_name_capabilities_that_promises_need(name: str) -> None:
    profile = profiles.load(ROOT / "manifests/profiles", name)
    assert profile.must | profile.should <= {each.capability for each in PROMISED.values()}


def test_some_profile_asks_for_every_promise() -> None:
    asked = profiles.load(ROOT / "manifests/profiles", "serverless")
    assert {each.id for each in PROMISED.values() if asked.level(each) is None} == set()


def test_every_fault_names_a_test() -> None:
    assert {fault.id for fault in faults.ALL if fault.caught_by not in TESTS} == set()


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def test_no_fixture_hides_another_of_its_name() -> None:
    """Of two plugins that offer the same name pytest takes one and says nothing."""
    names = [
        node.name
        for path in (ROOT / "fixtures").glob("*.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef) and any("fixture" in ast.unparse(each) for each in node.decorator_list)
    ]
    assert len(names) > 20
    assert [name for name, times in Counter(names).items() if times > 1] == []
