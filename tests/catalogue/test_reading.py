"""Slips in the data are errors that say where and what would be right."""

from __future__ import annotations

from pathlib import Path

import pytest

from kserve_conformance.catalogue import coverage, profiles, requirements
from kserve_conformance.catalogue.reading import CatalogueError

GOOD = "- {id: KC-A-001, level: MUST, capability: kserve, sentence: It holds., source: [here]}\n"


def load(folder: Path, text: str) -> object:
    (folder / "a.yaml").write_text(text)
    return requirements.load(folder)


def test_requirement_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    found = requirements.load(tmp_path)
    assert found["KC-A-001"].sentence == "It holds."
    assert found["KC-A-001"].source == ("here",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD.replace("level", "levle"), "a.yaml, entry 1: unknown key 'levle'; the keys are 'id', 'level'"),
        (GOOD.replace("level: MUST, ", ""), "'level' is missing"),
        (GOOD.replace("MUST", "MIGHT"), "KC-A-001: level 'MIGHT' must be one of MUST, SHOULD, MAY"),
        (GOOD.replace("KC-A-001", "A1"), "id 'A1' must look like KC-LIFE-002"),
        (GOOD.replace("holds.", "holds"), "must end with a full stop"),
        (GOOD.replace("[here]", "[]"), "source is empty"),
        (GOOD.replace("source", "versions: {kserve: new}, source"), "'new' is no range like '>=0.11'"),
        (GOOD.replace("source", "versions: {kserv: '>=1'}, source"), "unknown key 'kserv'"),
        (GOOD + GOOD, "entry 2: KC-A-001 is used twice"),
        ("a: [", "a.yaml: is not YAML"),
        ("a: 1", "expected a list of requirements"),
    ],
)
def test_slips_teach(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(CatalogueError) as error:
        load(tmp_path, text)
    assert said in str(error.value)


def test_nothing_promised_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="nothing would be promised"):
        requirements.load(tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("must: [a]", "'summary' is missing"),
        ("summary: x\nmust: [a]\nshould: [a]", "a is both under must and under should"),
        ("summary: x\nmust: a", "expected a list"),
        ("summary: x\nmust: [a]\nmay: [b]", "unknown key 'may'"),
    ],
)
def test_profile_slips_teach(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "p.yaml").write_text(text)
    with pytest.raises(CatalogueError, match=said):
        profiles.load(tmp_path, "p")


def behaviours(text: str) -> str:
    return f"beyond: {{KC-B-001: a text}}\nbehaviours:\n{text}"


VERIFIED = "- {id: LIFE-01, title: It lives, verified_by: [KC-A-001], apart_from: its end}\n"
NOT_YET = "- {id: LIFE-02, title: It ends, not_yet: end it, in_part: [KC-A-001]}\n"


def test_coverage_is_read(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(behaviours(VERIFIED + NOT_YET))
    found = coverage.load(path)
    assert [(each.area, each.verdict, each.promises, each.words) for each in found.behaviours] == [
        ("LIFE", "verified_by", ("KC-A-001",), "its end"),
        ("LIFE", "not_yet", ("KC-A-001",), "end it"),
    ]
    assert found.beyond == {"KC-B-001": "a text"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (behaviours(VERIFIED + VERIFIED), "c.yaml, entry 2: LIFE-01 is used twice"),
        (behaviours(VERIFIED.replace("LIFE-01", "life-1")), "entry 1: id 'life-1' must look like LIFE-03"),
        (behaviours(VERIFIED.replace("title: It lives, ", "")), "'title' is missing"),
        (behaviours(VERIFIED.replace("[KC-A-001]", "[]")), "LIFE-01: verified_by names no promise"),
        (behaviours(VERIFIED.replace("[KC-A-001]", "KC-A-001")), "LIFE-01: verified_by: expected a list"),
        (behaviours(VERIFIED.replace("apart_from", "not_yet")), "LIFE-01: expected exactly one of verified_by, not_"),
        (behaviours("- {id: LIFE-01, title: It lives}"), "found none"),
        (behaviours(VERIFIED.replace("apart_from: its end", "in_part: [KC-A-001]")), "in_part does not go with verif"),
        (behaviours(NOT_YET.replace("in_part: [KC-A-001]", "apart_from: all")), "apart_from does not go with not_yet"),
        (behaviours(NOT_YET.replace("end it", "")), "LIFE-02: not_yet: expected some text, found nothing"),
        (behaviours(""), "c.yaml: behaviours: expected a list"),
        ("beyond: []\nbehaviours: []", "c.yaml: beyond: expected a mapping"),
        ("behaviours: []", "'beyond' is missing"),
    ],
)
def test_coverage_slips_teach(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(text)
    with pytest.raises(CatalogueError) as error:
        coverage.load(path)
    assert said in str(error.value)
