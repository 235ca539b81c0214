"""The only two steps that look more than once. Both look at once, then again and again until a monotonic deadline."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple, TypeVar

from kserve_conformance.model import BrokenPromise

T = TypeVar("T")

# Short beside every deadline (the shortest is 5 s), long beside what a look costs.
BETWEEN_LOOKS = 0.1
REMEMBERED = 6


class Wait(NamedTuple):
    """What was looked for, and for how many seconds."""

    what: str
    seconds: float


# Of this process, the newest last, for whoever asks where the time went.
WAITS: deque[Wait] = deque(maxlen=1000)


def eventually(
    what: str,
    look: Callable[[], T],
    *,
    until: Callable[[T], bool],
    within: float,
    stop: Callable[[T], bool] | None = None,
) -> T:
    """The first value that satisfies `until`; seconds. `stop` says of a value that waiting longer is no use.

    Raises BrokenPromise with the different values seen and when.
    """
    seen = _Seen()
    with _noted(what) as began:
        while True:
            value = look()
            elapsed = time.monotonic() - began
            seen.add(value, elapsed)
            if until(value):
                return value
            if elapsed >= within or (stop is not None and stop(value)):
                raise BrokenPromise(
                    expected=f"{what} within {within:.3g} s",
                    observed=f"not after {elapsed:.1f} s; {seen}",
                    curl=getattr(value, "curl", ""),
                    likely=getattr(value, "likely", ""),
                )
            time.sleep(min(BETWEEN_LOOKS, max(0.0, within - elapsed)))


def consistently(what: str, look: Callable[[], T], holds: Callable[[T], bool], *, during: float) -> None:
    """Looks for that many seconds, at least twice. Raises BrokenPromise at the first value that does not hold."""
    seen, looks = _Seen(), 0
    with _noted(f"{what} to stay so") as began:
        while (elapsed := time.monotonic() - began) < during or looks < 2:
            value = look()
            looks += 1
            seen.add(value, elapsed)
            if not holds(value):
                raise BrokenPromise(
                    expected=f"{what} for {during:.3g} s",
                    observed=f"no longer after {time.monotonic() - began:.1f} s; {seen}",
                )
            time.sleep(BETWEEN_LOOKS)


@contextmanager
def _noted(what: str) -> Iterator[float]:
    """When it began, monotonic seconds."""
    began = time.monotonic()
    try:
        yield began
    finally:
        WAITS.append(Wait(what, time.monotonic() - began))


class _Seen:
    """The last few different values and when each was first seen."""

    def __init__(self) -> None:
        self._values: list[tuple[float, str]] = []

    def add(self, value: object, elapsed: float) -> None:
        words = str(value)
        if not self._values or self._values[-1][1] != words:
            self._values.append((elapsed, words))

    def __str__(self) -> str:
        earlier = len(self._values) - REMEMBERED
        dots = "… " if earlier > 0 else ""
        return dots + " → ".join(f"{words} ({at:.1f} s)" for at, words in self._values[-REMEMBERED:])
