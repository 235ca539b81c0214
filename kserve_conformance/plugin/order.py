"""In which order tests are handed to workers."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def arranged(
    items: Sequence[T], *, slow: Callable[[T], bool], serial: Callable[[T], bool], workers: int
) -> tuple[list[T], int]:
    """The tests, and how many of them are not serial.

    Slow tests begin first, serial ones come last, when the other workers run dry anyway.
    """
    alone = [item for item in items if serial(item)]
    others = sorted((item for item in items if not serial(item)), key=lambda item: not slow(item))
    hands = dealt(others, len(alone), max(1, workers))
    return [item for hand in [*hands, alone] for item in hand], len(others)


def dealt(items: Sequence[T], more: int, workers: int) -> list[list[T]]:
    """Like cards, one to each in turn. xdist cuts the list, `more` at its end included, into as many runs as there are
    workers, the longer ones last (scheduler/worksteal.py); so does this."""
    lengths = [(len(items) + more + worker) // workers for worker in range(workers)]
    lengths[-1] -= more
    hands: list[list[T]] = [[] for _ in lengths]
    turn = itertools.cycle(reversed(range(workers)))
    for item in items:
        hands[next(worker for worker in turn if len(hands[worker]) < lengths[worker])].append(item)
    return hands
