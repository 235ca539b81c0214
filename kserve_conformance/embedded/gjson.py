"""Conditions of InferenceGraphs: whether a gjson path leads to something in a JSON document (tidwall/gjson gjson.go).

Of gjson: keys with wildcards and escapes, indexes, `#`, queries with every comparison, `@this`, arrays of paths and
pipes. What else there is (other modifiers, objects of paths, literals, JSON lines, `~`) raises UnsupportedError.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

MISSING = object()
OPEN, CLOSE = "([{", ")]}"
OPERATORS = ("!=", "!%", "<=", ">=", "==", "<", ">", "=", "%")


class UnsupportedError(Exception):
    """A path this module does not follow; the message names the part."""


def exists(document: Any, path: str) -> bool:
    """Raises UnsupportedError."""
    return find(document, path) is not MISSING


def find(document: Any, path: str) -> Any:
    """What the path leads to, or MISSING. Raises UnsupportedError."""
    found = document
    for part in _split(path, "|"):
        found = _walk(found, part)
    return found


def check(path: str) -> None:
    """Raises UnsupportedError for a path that `find` would not follow, whatever the document."""
    for part in _split(path, "|"):
        _check(part)


def _check(path: str) -> None:
    head, rest = _step(path)
    if head.startswith("["):
        for each in _split(head[1:-1], ","):
            check(each)
    elif head.startswith("#("):
        inner, _, _ = _query(head)
        check(inner)
    if rest:
        check(rest)


def _walk(value: Any, path: str) -> Any:
    head, rest = _step(path)
    if value is MISSING:
        return MISSING
    if head == "@this":
        return _onward(value, rest)
    if head.startswith("["):
        found = (find(value, each) for each in _split(head[1:-1], ","))
        return _onward([each for each in found if each is not MISSING], rest)
    if isinstance(value, dict):
        keys = (each for each in value if _matches(each, head))
        return next((found for key in keys if (found := _onward(value[key], rest)) is not MISSING), MISSING)
    return _of_list(value, head, rest) if isinstance(value, list) else MISSING


def _of_list(value: list[Any], head: str, rest: str) -> Any:
    if head == "#":
        return [found for each in value if (found := _walk(each, rest)) is not MISSING] if rest else len(value)
    if head.startswith("#("):
        inner, operator, wanted = _query(head)
        fitting = [each for each in value if _fits(each, inner, operator, wanted)]
        if head.endswith("#"):
            return [found for each in fitting if (found := _onward(each, rest)) is not MISSING]
        return _onward(fitting[0], rest) if fitting else MISSING
    return _onward(value[int(head)], rest) if head.isdecimal() and int(head) < len(value) else MISSING


def _onward(value: Any, rest: str) -> Any:
    return _walk(value, rest) if rest else value


def _step(path: str) -> tuple[str, str]:
    """The first component and what follows. Raises UnsupportedError."""
    head, *more = _split(path, ".")
    refused = (
        head.startswith(("{", "!", "#["))
        or (head.startswith("@") and head != "@this")
        or (path.startswith("..") or (head.startswith("#") and not re.fullmatch(r"#|#\(.*\)#?", head, re.DOTALL)))
        or (head.startswith("[") and not head.endswith("]"))
    )
    if refused:
        raise UnsupportedError(head or path)
    return head, ".".join(more)


def _split(text: str, separator: str) -> list[str]:
    """At the separators outside of brackets and quotes; escapes stay."""
    parts, depth, start, quoted = [], 0, 0, False
    positions = iter(range(len(text)))
    for at in positions:
        character = text[at]
        if character == "\\":
            next(positions, None)
        elif character == '"' and depth:
            quoted = not quoted
        elif not quoted and character in OPEN:
            depth += 1
        elif not quoted and character in CLOSE:
            depth -= 1
        elif character == separator and not quoted and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    return [*parts, text[start:]]


def _query(head: str) -> tuple[str, str, str]:
    """Path, operator and value of `#(...)`; without an operator it asks for existence. Raises UnsupportedError."""
    text = head.removesuffix("#")[2:-1]
    at = next(_operator_positions(text), None)
    if at is None:
        return text.strip(), "", ""
    operator = next(each for each in OPERATORS if text.startswith(each, at)) if text[at] != "!" else text[at : at + 2]
    wanted = text[at + len(operator) :].strip()
    if wanted.startswith("~") or operator not in OPERATORS:
        raise UnsupportedError(head)
    if len(wanted) >= 2 and wanted[0] == wanted[-1] == '"':
        wanted = json.loads(wanted) if "\\" in wanted else wanted[1:-1]
    return text[:at].strip(), operator, wanted


def _operator_positions(text: str) -> Iterator[int]:
    depth = 0
    for at, character in enumerate(text):
        if character in OPEN:
            depth += 1
        elif character in CLOSE:
            depth -= 1
        elif depth == 0 and character in "!=<>%":
            yield at


def _fits(element: Any, inner: str, operator: str, wanted: str) -> bool:
    if isinstance(element, dict | list):
        value = find(element, inner) if inner else MISSING
    else:
        value = MISSING if inner else element
    if value is MISSING:
        return False
    if not operator:
        return True
    if isinstance(value, bool):
        return _compare_bool(value, operator, wanted)
    if isinstance(value, str):
        if operator.endswith("%"):
            return _matches(value, wanted) != operator.startswith("!")
        return _compare(value, operator, wanted)
    if isinstance(value, int | float) and not operator.endswith("%"):
        return _compare(float(value), operator, _number(wanted))
    return False


def _compare(one: Any, operator: str, other: Any) -> bool:
    match operator:
        case "=" | "==":
            return bool(one == other)
        case "!=":
            return bool(one != other)
        case "<":
            return bool(one < other)
        case "<=":
            return bool(one <= other)
        case ">":
            return bool(one > other)
        case _:
            return bool(one >= other)


def _compare_bool(value: bool, operator: str, wanted: str) -> bool:
    own, other = ("true", "false") if value else ("false", "true")
    match operator:
        case "=" | "==":
            return wanted == own
        case "!=":
            return wanted != own
        case ">" | "<":
            return value == (operator == ">") and wanted == other
        case ">=" | "<=":
            return value == (operator == ">=")
        case _:
            return False


def _number(text: str) -> float:
    """What is no number compares as nought, as gjson has it."""
    try:
        return float(text)
    except ValueError:
        return 0.0


def _matches(text: str, pattern: str) -> bool:
    """`*` for anything, `?` for one character, a backslash before either for itself (tidwall/match)."""
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    wild = {"*": ".*", "?": "."}
    expression = "".join(wild.get(each, re.escape(each[-1])) for each in parts)
    return re.fullmatch(expression, text, re.DOTALL) is not None
