"""What counts as a right answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kserve_conformance.load.answers import Check

WANTED = {"outputs": [{"shape": [2], "data": [1, 0]}]}


def answer(**output: Any) -> dict[str, Any]:
    return {"id": "x", "outputs": [{"name": "output-0", "shape": [2], "data": [1, 0], **output}]}


@pytest.mark.parametrize(
    ("found", "right"),
    [
        (answer(), True),
        (answer(data=[1, 1]), False),
        (answer(data=[1]), False),
        (answer(data=[1, 0, 0]), False),
        (answer(shape=None), False),
        ({"outputs": []}, False),
        ({"id": "x"}, False),
        ([], False),
    ],
)
def test_members_that_nobody_asked_about_do_not_matter(found: Any, right: bool) -> None:
    assert Check(WANTED)(200, json.dumps(found).encode()) is right


def test_status_and_form_matter() -> None:
    body = json.dumps(answer()).encode()
    check = Check(WANTED)
    assert check(200, body)
    assert not check(500, body)  # though the same body was right before
    assert not check(200, b"not JSON")
