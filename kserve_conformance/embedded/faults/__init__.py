"""Seeded defects: each is a switch on one namespace, hooked in at exactly one place of the platform.

A namespace annotation `faults.kserve-conformance.dev/<knob>: <strength>` turns one on. Strengths: `always`, `first`
(the first time only), `1/k` (every k-th time), `<n>s` (for n seconds after its first use).
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

PREFIX = "faults.kserve-conformance.dev/"


@dataclass(frozen=True)
class Fault:
    """One defect: what is wrong, where it is hooked in, and the test that must catch it, on the stack that has it."""

    id: str
    knob: str
    layer: str
    defect: str
    caught_by: str
    may_also_fail: tuple[str, ...] = ()
    strength: str = "always"
    stack: str = "current"


@dataclass(frozen=True)
class Misconfiguration(Fault):
    """What an operator gets wrong rather than the platform: the kubectl commands that do it, to a whole platform."""

    commands: tuple[str, ...] = ()


@dataclass(frozen=True)
class Decoy:
    """What looks odd and is right: switched on like a fault, it must leave `tests` green."""

    id: str
    knob: str
    layer: str
    what: str
    tests: tuple[str, ...]
    strength: str = "always"


@dataclass
class Faults:
    """Asked by the hooks; counts how often each fault fired, so that "never exercised" cannot look like "caught"."""

    annotations: Callable[[str], dict[str, str]]  # of a namespace, by its name
    namespaces: Callable[[], Iterable[str]] = tuple
    fired: Counter[tuple[str, str]] = field(default_factory=Counter)
    _asked: Counter[tuple[str, str]] = field(default_factory=Counter)
    _since: dict[tuple[str, str], float] = field(default_factory=dict)

    def fires(self, knob: str, namespace: str) -> bool:
        """Whether the defect shows this time; a hook asks once per occasion."""
        strength = self.annotations(namespace).get(PREFIX + knob)
        if strength is None:
            return False
        where = (knob, namespace)
        self._asked[where] += 1
        if not self._shows(strength, where):
            return False
        self.fired[where] += 1
        return True

    def fires_anywhere(self, knob: str) -> bool:
        """Of what has no namespace: whether the defect shows wherever it is switched on."""
        return any(self.fires(knob, each) for each in self.namespaces())

    def _shows(self, strength: str, where: tuple[str, str]) -> bool:
        if strength == "first":
            return self._asked[where] == 1
        if strength.startswith("1/"):
            return self._asked[where] % int(strength[2:]) == 0
        if strength.endswith("s") and strength[:-1].isdigit():
            return time.monotonic() - self._since.setdefault(where, time.monotonic()) < float(strength[:-1])
        return strength == "always"
