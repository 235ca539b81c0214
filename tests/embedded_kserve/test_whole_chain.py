"""InferenceService down to pods with every controller running; node and ingress are stand-ins that always succeed."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from kserve_conformance.embedded.apiserver.resources import (
    ENDPOINTS,
    INFERENCE_SERVICES,
    INGRESSES,
    KNATIVE_SERVICES,
    PODS,
    REVISIONS,
)
from kserve_conformance.embedded.autoscaler import Autoscaler
from kserve_conformance.embedded.components import Components
from kserve_conformance.embedded.controllers import Controllers
from kserve_conformance.embedded.objects import Obj, is_terminating, is_true, labels_of, set_condition
from kserve_conformance.embedded.settings import Settings

NAMESPACE = "team-a"


async def node(world: Any) -> None:
    addresses = itertools.count(10)
    async for event in world.store.watch(PODS):
        pod = world.store.find(PODS, event.obj["metadata"]["namespace"], event.obj["metadata"]["name"])
        if pod is None:
            continue
        if is_terminating(pod):
            world.store.delete(PODS, pod["metadata"]["namespace"], pod["metadata"]["name"], grace_seconds=0)
        elif pod["spec"].get("nodeName") and not is_true(pod, "Ready"):
            status = pod.setdefault("status", {})
            status |= {"phase": "Running", "podIP": f"127.3.1.{next(addresses)}"}
            for kind in ("Initialized", "ContainersReady", "Ready"):
                set_condition(status.setdefault("conditions", []), kind, "True")
            world.store.update(PODS, pod, subresource="status")


async def ingress(world: Any) -> None:
    async for event in world.store.watch(INGRESSES):
        found = world.store.find(INGRESSES, event.obj["metadata"]["namespace"], event.obj["metadata"]["name"])
        if found is None or (found.get("status") or {}).get("observedGeneration") == found["metadata"]["generation"]:
            continue
        status = found.setdefault("status", {})
        status["observedGeneration"] = found["metadata"]["generation"]
        for kind in ("LoadBalancerReady", "NetworkConfigured", "Ready"):
            set_condition(status.setdefault("conditions", []), kind, "True")
        world.store.update(INGRESSES, found, subresource="status")


@asynccontextmanager
async def running(world: Any, settings: Settings) -> AsyncIterator[None]:
    components = Components(world.store)
    controllers = Controllers(
        world.store, settings, world.stack, world.faults, world.gateway, components, pullable=lambda _: True
    )
    parts = (
        controllers.run(),
        Autoscaler(world.store, world.stack, world.faults, settings.delays, components).run(),
        node(world),
        ingress(world),
    )
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def until(world: Any, holds: Callable[[Obj], bool], within: float = 10) -> Obj:
    watch = world.store.watch(INFERENCE_SERVICES)
    async with asyncio.timeout(within):
        async for event in watch:
            if holds(event.obj):
                watch.close()
                found: Obj = event.obj
                return found
    raise AssertionError


def loaded(isvc: Obj) -> bool:
    status = isvc.get("status") or {}
    return is_true(isvc, "Ready") and status["modelStatus"]["transitionStatus"] == "UpToDate"


def shares(isvc: Obj) -> list[tuple[str, int]]:
    traffic = isvc["status"]["components"]["predictor"].get("traffic") or []
    return [(each["revisionName"][-1], each["percent"]) for each in traffic]


def test_service_becomes_ready_and_rolls_out(either: Any, iris: Obj, tmp_path: Any) -> None:
    settings = Settings(run_dir=tmp_path, stack=either.stack.name, api_port=1, gateway_port=2, block=3)

    async def story() -> None:
        async with running(either, settings):
            either.store.create(INFERENCE_SERVICES, iris)
            isvc = await until(either, loaded)
            assert isvc["status"]["url"] == "http://iris.team-a.example.com"
            pods = either.store.list(PODS, NAMESPACE)
            assert [labels_of(pod)["serving.kserve.io/inferenceservice"] for pod in pods] == ["iris"]
            assert [each["name"] for each in pods[0]["spec"]["initContainers"]] == ["storage-initializer"]

            for uri, percent, wanted in (
                ("gs://bucket/2", 20, [("2", 20), ("1", 80)]),
                ("gs://bucket/2", None, [("2", 100)]),
                ("gs://bucket/2", 0, [("2", 0), ("1", 100)]),
            ):
                isvc = either.store.get(INFERENCE_SERVICES, NAMESPACE, "iris")
                isvc["spec"]["predictor"]["model"]["storageUri"] = uri
                isvc["spec"]["predictor"]["canaryTrafficPercent"] = percent
                either.store.update(INFERENCE_SERVICES, isvc)
                await until(either, lambda isvc, wanted=wanted: loaded(isvc) and shares(isvc) == wanted)
            names = [each["metadata"]["name"][-5:] for each in either.store.list(REVISIONS, NAMESPACE)]
            assert names == ["00001", "00002"]
            assert len(either.store.list(KNATIVE_SERVICES, NAMESPACE)) == 1

    asyncio.run(story())


def test_endpoints_that_go_with_a_service_of_before_are_made_again(either: Any, iris: Obj, tmp_path: Any) -> None:
    settings = Settings(run_dir=tmp_path, stack=either.stack.name, api_port=1, gateway_port=2, block=3)

    async def story() -> None:
        async with running(either, settings):
            either.store.create(INFERENCE_SERVICES, iris)
            await until(either, loaded)
            revision = either.store.list(REVISIONS, NAMESPACE)[0]["metadata"]["name"]
            for name in (revision, f"{revision}-private"):
                before = either.store.get(ENDPOINTS, NAMESPACE, name)["subsets"]
                either.store.delete(ENDPOINTS, NAMESPACE, name)
                async with asyncio.timeout(10):
                    while (either.store.find(ENDPOINTS, NAMESPACE, name) or {}).get("subsets") != before:
                        await asyncio.sleep(0.01)

    asyncio.run(story())
