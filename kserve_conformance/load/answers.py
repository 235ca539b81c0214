"""Is an answer right? Every one is looked at; a byte-for-byte repetition of a right answer costs one look-up."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_MOST = 64  # different right answers worth remembering; answers that carry an id never repeat


class Check:
    def __init__(self, expected: Mapping[str, Any]) -> None:
        self._expected = expected
        self._right: set[bytes] = set()

    def __call__(self, status: int, body: bytes) -> bool:
        if status != 200:
            return False
        if body in self._right:
            return True
        if not self._agrees(body):
            return False
        if len(self._right) < _MOST:
            self._right.add(body)
        return True

    def _agrees(self, body: bytes) -> bool:
        if not self._expected:
            return True
        try:
            answer = json.loads(body)
        except ValueError:
            return False
        return agrees(answer, self._expected)


def agrees(found: Any, wanted: Any) -> bool:
    """Objects may have members that nobody asked about; everything else has to be as wanted."""
    if isinstance(wanted, Mapping):
        return isinstance(found, dict) and all(name in found and agrees(found[name], wanted[name]) for name in wanted)
    if isinstance(wanted, list):
        same = isinstance(found, list) and len(found) == len(wanted)
        return same and all(agrees(one, other) for one, other in zip(found, wanted, strict=True))
    return bool(found == wanted)
