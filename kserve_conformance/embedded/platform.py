"""The whole embedded platform in one event loop: every part made, started in order, stopped in reverse."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from kserve_conformance.embedded import admission, bootstrap
from kserve_conformance.embedded.apiserver.http import ApiServer
from kserve_conformance.embedded.apiserver.resources import DEPLOYMENTS, NAMESPACES, Registry
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.autoscaler import Autoscaler
from kserve_conformance.embedded.components import Components
from kserve_conformance.embedded.controllers import Controllers
from kserve_conformance.embedded.controllers.horizontal import HorizontalReconciler
from kserve_conformance.embedded.controllers.runtime import Loop
from kserve_conformance.embedded.dataplane import DataPlane
from kserve_conformance.embedded.errors import PlatformError
from kserve_conformance.embedded.faults import Faults
from kserve_conformance.embedded.node.images import Images
from kserve_conformance.embedded.node.kubelet import Kubelet
from kserve_conformance.embedded.node.zygote import Zygote
from kserve_conformance.embedded.objects import annotations_of, is_true
from kserve_conformance.embedded.settings import Settings
from kserve_conformance.embedded.stacks import STACKS

log = logging.getLogger(__name__)

INSTALLED_WITHIN = 60.0


@contextlib.asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Store]:
    """A platform whose components are available, as long as the block lasts.

    A part that fails cancels the block. Raises PlatformError when the platform does not come up, OSError when a port
    is taken.
    """
    stack = STACKS[settings.stack]
    store = Store(Registry())
    components = Components(store)

    def annotations(namespace: str) -> dict[str, str]:
        found = store.find(NAMESPACES, "", namespace)
        return annotations_of(found) if found else {}

    faults = Faults(annotations, lambda: [each["metadata"]["name"] for each in store.look(NAMESPACES)])
    autoscaler = Autoscaler(store, stack, faults, settings.delays, components)
    data_plane = DataPlane(store, settings, faults, autoscaler, components)
    zygote = Zygote()
    mine = {"activator": data_plane.activator, "proxyv2": data_plane.gateway}
    images = Images(zygote, mine, faults, settings.images)
    kubelet = Kubelet(store, settings, images, faults, data_plane)
    api = ApiServer(store, settings, stack, faults, kubelet)
    controllers = Controllers(
        store, settings, stack, faults, data_plane, components, pullable=lambda image: images.find(image) is not None
    )
    horizontal = Loop(HorizontalReconciler(store, kubelet.usage), store, settings.delays)
    webhooks = admission.install(store, stack, faults)
    async with contextlib.AsyncExitStack() as started:
        await zygote.start()
        started.push_async_callback(zygote.stop)
        bootstrap.create(store, settings, stack)
        await data_plane.start()
        started.push_async_callback(data_plane.stop)
        await api.start()
        started.push_async_callback(api.stop)
        async with asyncio.TaskGroup() as tasks:
            parts = [
                tasks.create_task(each.run())
                for each in (zygote, controllers, horizontal, autoscaler, data_plane, kubelet)
            ]
            await _installed(store)
            webhooks.answered_by(components)
            await zygote.warm()
            try:
                yield store
            finally:
                for part in parts:
                    part.cancel()


async def _installed(store: Store) -> None:
    """Every component's Deployment is available."""
    try:
        async with asyncio.timeout(INSTALLED_WITHIN):
            while missing := [each for each in store.look(DEPLOYMENTS) if not is_true(each, "Available")]:
                await asyncio.sleep(0.05)
    except TimeoutError:
        names = ", ".join(str(each["metadata"]["name"]) for each in missing)
        raise PlatformError(f"these components were not available after {INSTALLED_WITHIN:g} s: {names}") from None
