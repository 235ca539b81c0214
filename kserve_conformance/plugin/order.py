"""In which order tests are handed to workers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")

# From where to where in the order there are tests that are (serial, slow). Slow ones wait for the platform while quick
# ones keep it busy, so they are mixed; one that begins last is what all others wait for. Serial tests come last, when
# the other workers run dry anyway; the slow ones of these a little earlier, as what they stand on takes its time and
# is set up beside other tests.
SPANS = {
    (False, True): (0.0, 0.85),
    (False, False): (0.0, 1.0),
    (True, True): (0.85, 1.0),
    (True, False): (1.0, 1.0),
}


def arranged(items: Sequence[T], *, slow: Callable[[T], bool], serial: Callable[[T], bool]) -> list[T]:
    """The tests in the order in which workers take them."""
    places = [
        place
        for kind, (start, end) in SPANS.items()
        for place in _spread([item for item in items if (serial(item), slow(item)) == kind], start, end)
    ]
    return [item for _, item in sorted(places, key=lambda place: place[0])]


def _spread(items: Sequence[T], start: float, end: float) -> Iterator[tuple[float, T]]:
    """At even distances from `start` on, each with its place."""
    return ((start + (end - start) * index / len(items), item) for index, item in enumerate(items))
