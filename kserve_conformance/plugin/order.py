"""In which order tests are handed to workers."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")

# Of a worker's tests, the slow ones begin among the first so many: one that begins last is what all others wait for.
EARLY = 0.8


def arranged(
    items: Sequence[T], *, slow: Callable[[T], bool], serial: Callable[[T], bool], workers: int
) -> tuple[list[T], int]:
    """The tests, and how many of them are not serial.

    Slow tests wait for the platform while quick ones keep it busy: so each worker has some of both, mixed, and no two
    workers begin their slow ones at the same time. Serial tests come last, when the other workers run dry anyway.
    """
    alone = [item for item in items if serial(item)]
    others = sorted((item for item in items if not serial(item)), key=lambda item: not slow(item))
    hands = dealt(others, len(alone), max(1, workers))
    mixes = [mixed(hand, slow, late=place / len(hands)) for place, hand in enumerate(hands)]
    return [item for mix in [*mixes, alone] for item in mix], len(others)


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


def mixed(hand: Sequence[T], slow: Callable[[T], bool], *, late: float) -> list[T]:
    """Slow tests at even distances among the quick ones, the first of them `late` of such a distance after the first
    of all."""
    waiting, quick = ([item for item in hand if slow(item) is wanted] for wanted in (True, False))
    places = [(EARLY * (index + late) / len(waiting), item) for index, item in enumerate(waiting)]
    places += [((index + 1) / len(quick), item) for index, item in enumerate(quick)]
    return [item for _, item in sorted(places, key=lambda place: place[0])]
