"""Slips in the data are errors that say where and what would be right."""

from __future__ import annotations

from pathlib import Path

import pytest

from kserve_conformance.catalogue import profiles, requirements
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
