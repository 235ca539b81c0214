"""Facts about plain values; `of` says what the value is."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from kserve_conformance.model import BrokenPromise


def known(value: str, *, of: str) -> None:
    if not value:
        raise BrokenPromise(
            expected=f"the version of {of} to be readable",
            observed="neither an image tag nor a label of its controller says it",
        )


def some(values: Collection[object], *, of: str) -> None:
    if not values:
        raise BrokenPromise(expected=f"at least one of: {of}", observed="none")


def equal(value: object, other: object, *, of: str) -> None:
    if value != other:
        raise BrokenPromise(expected=f"{of} to be {other!r}", observed=repr(value))


def matches(value: str, pattern: str, *, of: str) -> None:
    """The whole of it, as a regular expression."""
    if not re.fullmatch(pattern, value):
        raise BrokenPromise(expected=f"{of} to match {pattern}", observed=value)


def one_of(value: object, allowed: Collection[object], *, of: str) -> None:
    if value not in allowed:
        raise BrokenPromise(expected=f"{of} to be one of: {', '.join(map(str, allowed))}", observed=repr(value))


def includes(values: Collection[str], *wanted: str, of: str) -> None:
    """These, and whatever else."""
    if not set(wanted) <= set(values):
        raise BrokenPromise(expected=f"{of} to include {', '.join(wanted)}", observed=", ".join(values) or "none")


def differs(value: object, other: object, *, of: str) -> None:
    if value == other:
        raise BrokenPromise(expected=f"{of} to be another than {other!r}", observed=repr(value))


def count(values: Collection[object], n: int, *, of: str) -> None:
    if len(values) != n:
        raise BrokenPromise(expected=f"{n} {of}", observed=f"{len(values)}: {', '.join(map(str, values)) or 'none'}")


def within(value: float, *, low: float, high: float, of: str) -> None:
    if not low <= value <= high:
        raise BrokenPromise(expected=f"{of} between {low:g} and {high:g}", observed=f"{value:g}")


def at_most(seen: Sequence[int], most: int, *, of: str, at_least: int) -> None:
    """Never more than `most` among what was seen, and `at_least` once, or nothing was put to the test."""
    if not seen or max(seen) > most:
        raise BrokenPromise(expected=f"never more than {most} {of}", observed=f"saw {list(seen) or 'nothing'}")
    if max(seen) < at_least:
        raise BrokenPromise(
            expected=f"at least {at_least} {of} once, or the bound was never tried", observed=f"saw {list(seen)}"
        )


def each_has(found: Sequence[Mapping[str, str]], wanted: Mapping[str, str], *, of: str, at_least: int) -> None:
    """So many, and each has these names with these values, whatever else it has."""
    if len(found) < at_least:
        raise BrokenPromise(expected=f"at least {at_least} {of}", observed=str(len(found)))
    for each in found:
        for name, value in wanted.items():
            if each.get(name) != value:
                raise BrokenPromise(expected=f"{name} to be {value!r} among the {of}", observed=repr(each.get(name)))
