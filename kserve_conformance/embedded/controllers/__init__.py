"""Every controller of the platform, each with a loop of its own, all in one process."""

from __future__ import annotations

import asyncio

from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.controllers.endpoints import EndpointsReconciler, ServerlessServiceReconciler
from kserve_conformance.embedded.controllers.gateway import GatewayState
from kserve_conformance.embedded.controllers.inferenceservice import InferenceServiceReconciler
from kserve_conformance.embedded.controllers.knative_service import ConfigurationReconciler, ServiceReconciler
from kserve_conformance.embedded.controllers.revision import RevisionReconciler
from kserve_conformance.embedded.controllers.route import RouteReconciler
from kserve_conformance.embedded.controllers.runtime import Loop, Reconciler
from kserve_conformance.embedded.controllers.workloads import DeploymentReconciler, ReplicaSetReconciler, Scheduler
from kserve_conformance.embedded.faults import Faults
from kserve_conformance.embedded.settings import Settings
from kserve_conformance.embedded.stacks import Stack


class Controllers:
    """Runs them until it is cancelled."""

    def __init__(self, store: Store, settings: Settings, stack: Stack, faults: Faults, gateway: GatewayState) -> None:
        reconcilers: tuple[Reconciler, ...] = (
            InferenceServiceReconciler(store, stack, faults, gateway),
            ServiceReconciler(store),
            ConfigurationReconciler(store),
            RouteReconciler(store, faults),
            RevisionReconciler(store, stack),
            ServerlessServiceReconciler(store),
            EndpointsReconciler(store),
            DeploymentReconciler(store),
            ReplicaSetReconciler(store),
            Scheduler(store, settings.delays),
        )
        self._loops = tuple(Loop(each, store, settings.delays) for each in reconcilers)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for loop in self._loops:
                tasks.create_task(loop.run())
