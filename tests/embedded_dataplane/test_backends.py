"""Which pod an activator chooses."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from kserve_conformance.embedded.apiserver.resources import ENDPOINTS, NAMESPACES, REVISIONS, Registry
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.dataplane.backends import Backends
from kserve_conformance.embedded.objects import Key

REVISION = Key("team-a", "iris-00001")
PODS = ["127.1.0.1", "127.1.0.2", "127.1.0.3"]


def backends(limit: int) -> Backends:
    """Three pods, each of which takes so many at once; 0 is as many as come."""
    store = Store(Registry())
    store.create(NAMESPACES, {"metadata": {"name": REVISION.namespace}})
    meta = {"namespace": REVISION.namespace, "name": REVISION.name}
    store.create(REVISIONS, {"metadata": meta, "spec": {"containerConcurrency": limit}})
    private = {"namespace": REVISION.namespace, "name": f"{REVISION.name}-private"}
    store.create(ENDPOINTS, {"metadata": private, "subsets": [{"addresses": [{"ip": each} for each in PODS]}]})
    return Backends(store)


def taken(chosen: Backends, times: int, *, answered: bool) -> list[str]:
    async def take() -> list[str]:
        found = []
        for _ in range(times):
            found.append(await chosen.take(REVISION))
            if answered:
                chosen.give_back(REVISION, found[-1])
        return found

    return asyncio.run(take())


def test_without_a_limit_idle_pods_share_alike() -> None:
    shares = Counter(taken(backends(0), 300, answered=True))
    assert sorted(shares) == PODS
    assert min(shares.values()) > 55  # of 100 expected; fewer are rarer than one in a million


def test_without_a_limit_the_most_loaded_pod_is_not_chosen() -> None:
    chosen = backends(0)
    busy = taken(chosen, 1, answered=False)[0]
    assert busy not in taken(chosen, 100, answered=True)


@pytest.mark.parametrize("limit", [1, 3])
def test_under_a_low_limit_a_pod_is_filled_first(limit: int) -> None:
    assert taken(backends(limit), 3 * limit, answered=False) == [pod for pod in PODS for _ in range(limit)]


def test_under_a_higher_limit_pods_take_turns() -> None:
    assert taken(backends(4), 5, answered=False) == [*PODS, *PODS[:2]]


@pytest.mark.parametrize(("limit", "times", "full"), [(2, 5, False), (2, 6, True), (4, 12, True), (0, 50, False)])
def test_full_is_when_nobody_has_room(limit: int, times: int, full: bool) -> None:
    chosen = backends(limit)
    taken(chosen, times, answered=False)
    assert chosen.full(REVISION) is full
