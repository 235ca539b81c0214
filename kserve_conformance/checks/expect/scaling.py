"""Facts about numbers of replicas over time, and about how full a model server was."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from kserve_conformance.checks.expect.answers import answered, broken, enough
from kserve_conformance.model import BrokenPromise, Sample

ACTIVATOR = "k-proxy-request"  # its header (serving pkg/activator/handler/handler.go)


def at_least(seen: Sequence[int], least: int, *, of: str) -> None:
    """Never fewer than `least` among what was seen."""
    if not seen or min(seen) < least:
        raise BrokenPromise(
            expected=f"never fewer than {least} {of}",
            observed=f"saw {list(seen) or 'nothing'}",
            likely="the autoscaler forgot what it had decided, or its minimum",
        )


def settled(seen: Sequence[int], *, on: int, of: str, turns: int) -> None:
    """The last number seen is `on`, and between rising and falling they turned so many times at most.

    A surplus on the way there, as a panicking autoscaler asks for, is one turn.
    """
    steps = [after > before for before, after in pairwise(seen) if after != before]
    turned = sum(before != after for before, after in pairwise(steps))
    if turned > turns:
        raise BrokenPromise(
            expected=f"{of} that turn {turns} times at most under a steady load",
            observed=f"they turned {turned} times: {list(seen)}",
            likely="the autoscaler swings: its averages or its rates are not those of the load",
        )
    if not seen or seen[-1] != on:
        raise BrokenPromise(expected=f"{on} {of} in the end", observed=f"saw {list(seen) or 'nothing'}")


def most_inside(samples: Sequence[Sample], limit: int, *, at_least: int) -> None:
    """Witnesses answered so many requests at least, and saw `limit` of them inside at once, never more."""
    enough(samples, at_least)
    for sample in samples:
        answered(sample)
    inside = [int((sample.json() or {}).get("most_at_once", 0)) for sample in samples]
    fullest = samples[inside.index(max(inside))]
    if max(inside) > limit:
        broken(
            fullest,
            f"never more than {limit} requests inside a model server",
            f"{max(inside)} were inside at once",
            likely="the queue proxy does not enforce containerConcurrency",
        )
    if max(inside) < limit:
        broken(fullest, f"{limit} requests inside at once, or the limit was never tried", f"{max(inside)} at most")


def direct(samples: Sequence[Sample], *, at_least: int) -> None:
    """Witnesses answered so many requests at least, and none of them came through an activator, which says so."""
    enough(samples, at_least)
    for sample in samples:
        answered(sample)
        headers = {name.lower() for name in (sample.json() or {}).get("headers", {})}
        if not headers:
            broken(sample, "the headers that came with the request")
        if ACTIVATOR in headers:
            broken(
                sample,
                f"all {len(samples)} requests to go straight to the pods",
                "one came through an activator",
                likely="the autoscaler takes the pods for too few, and keeps the activator before them",
            )


def overflowed(samples: Sequence[Sample], *, takes: int, saying: str) -> None:
    """At least `takes` were answered, and at least one refused with 503 and these words; nothing else happened."""
    done = [each for each in samples if each.status == 200]
    refused = [each for each in samples if each.status == 503 and saying in each.body.decode("utf-8", "replace")]
    for sample in samples:
        if sample not in done and sample not in refused:
            broken(sample, f"an answer, or 503 with {saying!r}")
    if len(done) < takes:
        broken(
            refused[0] if refused else samples[0],
            f"at least {takes} of {len(samples)} requests to be answered",
            f"{len(done)} were",
            likely="the queue proxy refuses what its queue has room for",
        )
    if not refused:
        broken(
            done[-1],
            f"some of {len(samples)} requests at once to be refused",
            "all were answered",
            likely="the queue proxy has no bound to its queue, or an activator holds what it cannot",
        )
