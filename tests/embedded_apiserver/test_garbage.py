"""Owner references and emptied namespaces."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from kserve_conformance.embedded.apiserver.gc import FOREGROUND, ORPHAN, GarbageCollector
from kserve_conformance.embedded.apiserver.resources import CONFIG_MAPS, NAMESPACES, PODS, Registry
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.objects import Obj, owner_reference
from kserve_conformance.embedded.settings import Delays

AT_ONCE = Delays(watch=(0, 0), scheduling=(0, 0), gateway=(0, 0))


class World:
    """A store with a collector at work in it."""

    def __init__(self) -> None:
        self.store = Store(Registry())
        self.store.create(NAMESPACES, {"metadata": {"name": "default"}})

    def make(self, name: str, *owners: Obj, **meta: Any) -> Obj:
        references = [owner_reference(each) for each in owners]
        own = {"name": name, "namespace": "default", **meta} | ({"ownerReferences": references} if references else {})
        return self.store.create(CONFIG_MAPS, {"metadata": own})

    def delete(self, name: str, **how: Any) -> None:
        self.store.delete(CONFIG_MAPS, "default", name, **how)

    @property
    def names(self) -> list[str]:
        return [each["metadata"]["name"] for each in self.store.look(CONFIG_MAPS)]

    async def until(self, holds: Callable[[], bool]) -> None:
        """Waits for changes of the store, not for time."""
        changed = asyncio.Event()
        self.store.listeners.append(lambda *_: changed.set())
        async with asyncio.timeout(2):
            while not holds():
                changed.clear()
                await changed.wait()


@pytest.fixture
def collected() -> Callable[[Callable[[World], Awaitable[None]]], None]:
    def run(scene: Callable[[World], Awaitable[None]]) -> None:
        async def play() -> None:
            world = World()
            collector = asyncio.create_task(GarbageCollector(world.store, AT_ONCE).run())
            await asyncio.sleep(0)
            try:
                await scene(world)
            finally:
                collector.cancel()

        asyncio.run(play())

    return run


def test_dependents_go_with_their_last_owner(collected: Any) -> None:
    async def scene(world: World) -> None:
        one, two = world.make("one"), world.make("two")
        child = world.make("child", one, two)
        world.make("grandchild", child)
        world.delete("one")
        await world.until(
            lambda: len(world.store.get(CONFIG_MAPS, "default", "child")["metadata"]["ownerReferences"]) == 1
        )
        world.delete("two")
        await world.until(lambda: world.names == [])

    collected(scene)


def test_a_dependent_of_nobody_goes(collected: Any) -> None:
    async def scene(world: World) -> None:
        owner = world.make("owner")
        world.delete("owner")
        world.make("late", owner)
        await world.until(lambda: world.names == [])

    collected(scene)


def test_foreground_deletion_takes_dependents_first(collected: Any) -> None:
    async def scene(world: World) -> None:
        owner = world.make("owner")
        world.make("child", owner, finalizers=["example.com/hold"])
        world.delete("owner", finalizer=FOREGROUND)
        await world.until(lambda: "deletionTimestamp" in world.store.get(CONFIG_MAPS, "default", "child")["metadata"])
        assert world.names == ["child", "owner"]
        child = world.store.get(CONFIG_MAPS, "default", "child")
        child["metadata"]["finalizers"] = []
        world.store.update(CONFIG_MAPS, child)
        await world.until(lambda: world.names == [])

    collected(scene)


def test_orphan_deletion_cuts_dependents_loose(collected: Any) -> None:
    async def scene(world: World) -> None:
        owner = world.make("owner")
        world.make("child", owner)
        world.delete("owner", finalizer=ORPHAN)
        await world.until(lambda: world.names == ["child"])
        assert world.store.get(CONFIG_MAPS, "default", "child")["metadata"].get("ownerReferences") is None

    collected(scene)


def test_a_running_pod_outlives_its_owner_by_its_grace_period(collected: Any) -> None:
    async def scene(world: World) -> None:
        owner = world.make("owner")
        meta = {"name": "pod", "namespace": "default", "ownerReferences": [owner_reference(owner)]}
        spec = {"nodeName": "embedded", "containers": [{"name": "main", "image": "web:1"}]}
        world.store.create(PODS, {"metadata": meta, "spec": spec})
        world.delete("owner", finalizer=FOREGROUND)

        def meta_of_pod() -> Obj:
            found: Obj = world.store.get(PODS, "default", "pod")["metadata"]
            return found

        await world.until(lambda: "deletionTimestamp" in meta_of_pod() and "finalizers" not in meta_of_pod())
        assert meta_of_pod()["deletionGracePeriodSeconds"] == 30
        assert world.names == ["owner"]
        world.store.delete(PODS, "default", "pod", grace_seconds=0)
        await world.until(lambda: world.names == [])

    collected(scene)


def test_a_namespace_goes_when_it_is_empty(collected: Any) -> None:
    async def scene(world: World) -> None:
        world.make("one")
        world.make("held", finalizers=["example.com/hold"])
        world.store.delete(NAMESPACES, "", "default")
        await world.until(lambda: world.names == ["held"])
        assert world.store.get(NAMESPACES, "", "default")["status"] == {"phase": "Terminating"}
        with pytest.raises(Exception, match="because it is being terminated"):
            world.make("late")
        held = world.store.get(CONFIG_MAPS, "default", "held")
        held["metadata"]["finalizers"] = []
        world.store.update(CONFIG_MAPS, held)
        await world.until(lambda: world.store.look(NAMESPACES) == [])

    collected(scene)
