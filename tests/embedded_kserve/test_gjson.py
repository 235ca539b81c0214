"""Conditions of graphs: what gjson finds is found, what this module does not know is refused."""

from __future__ import annotations

import pytest

from kserve_conformance.embedded import gjson

DOCUMENT = {
    "source": "client",
    "instances": [{"intval": 3}, {"intval": 20}, {"strval": "red-server-1", "on": True}, None],
    "a": {"b.c": [1, None, 2.5]},
    "numbers": [5, 10, 15],
}


@pytest.mark.parametrize(
    ("path", "there"),
    [
        ("source", True),
        ("target", False),
        ("source.more", False),
        ("[@this].#(source==client)", True),
        ("[@this].#(source==server)", False),
        ("instances.#(intval>10)", True),
        ("instances.#(intval>20)", False),
        ("instances.#(intval>=20)", True),
        ("instances.#(intval!=3)", True),
        ("instances.#(intval<3)", False),
        ("instances.#(intval<=3)", True),
        ("instances.#(strval%*red-server*)", True),
        ("instances.#(strval!%*red*)", False),
        ('instances.#(strval=="red-server-1")', True),
        ("instances.#(on==true)", True),
        ("instances.#(on==false)", False),
        ("instances.#(on>false)", True),
        ("instances.#(strval)", True),
        ("instances.#(weight)", False),
        ("instances.#(intval>100)#", True),  # all of them: an empty list is there
        ("instances.#(intval>10).intval", True),
        ("instances.#(intval>10).strval", False),
        ("instances.#", True),
        ("instances.#.weight", True),
        ("instances.1.intval", True),
        ("instances.4", False),
        ("instances.3", True),
        ("numbers.#(>12)", True),
        ("numbers.#(>15)", False),
        (r"a.b\.c.1", True),
        ("a.b.c", False),
        ("a.*.2", True),
        ("a|b*|0", True),
        ("sourc?", True),
    ],
)
def test_existence(path: str, there: bool) -> None:
    gjson.check(path)
    assert gjson.exists(DOCUMENT, path) is there


@pytest.mark.parametrize("path", ["@reverse", "a.@keys", "{a,b}", "!x", "..0", "#[a]", "a.#(b==~true)", "#(a"])
def test_unknown_syntax_is_refused(path: str) -> None:
    with pytest.raises(gjson.UnsupportedError):
        gjson.check(path)
