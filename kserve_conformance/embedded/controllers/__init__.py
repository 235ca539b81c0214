"""Every controller of the platform, each with a loop of its own in one process, working while its component is up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.components import CONTROLLER, DOMAIN_MAPPING, KSERVE, Components
from kserve_conformance.embedded.controllers import blind
from kserve_conformance.embedded.controllers.blind import Blind
from kserve_conformance.embedded.controllers.configuration import ConfigurationReconciler
from kserve_conformance.embedded.controllers.domain_mapping import DomainMappingReconciler
from kserve_conformance.embedded.controllers.endpoints import EndpointsReconciler, ServerlessServiceReconciler
from kserve_conformance.embedded.controllers.gateway import GatewayState
from kserve_conformance.embedded.controllers.inference_graph import InferenceGraphReconciler
from kserve_conformance.embedded.controllers.inferenceservice import InferenceServiceReconciler
from kserve_conformance.embedded.controllers.knative_service import ServiceReconciler
from kserve_conformance.embedded.controllers.labeler import Labeler
from kserve_conformance.embedded.controllers.leases import Leases
from kserve_conformance.embedded.controllers.revision import RevisionReconciler
from kserve_conformance.embedded.controllers.revision_gc import RevisionCollector
from kserve_conformance.embedded.controllers.route import RouteReconciler
from kserve_conformance.embedded.controllers.runtime import Loop, Reconciler
from kserve_conformance.embedded.controllers.workloads import DeploymentReconciler, ReplicaSetReconciler, Scheduler
from kserve_conformance.embedded.faults import Faults
from kserve_conformance.embedded.objects import Key
from kserve_conformance.embedded.settings import Settings
from kserve_conformance.embedded.stacks import Stack

KUBERNETES = None  # its controllers are no pods: nobody can stop them


class Controllers:
    """Runs them until it is cancelled."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        stack: Stack,
        faults: Faults,
        gateway: GatewayState,
        components: Components,
        pullable: Callable[[str], bool],
    ) -> None:
        mapping = DOMAIN_MAPPING if stack.domain_mapping_component else CONTROLLER
        of: tuple[tuple[Key | None, tuple[Reconciler, ...]], ...] = (
            (
                KSERVE,
                (
                    InferenceServiceReconciler(store, stack, faults, gateway),
                    InferenceGraphReconciler(store, stack, faults),
                ),
            ),
            (mapping, (DomainMappingReconciler(store, stack),)),
            (
                CONTROLLER,
                (
                    ServiceReconciler(store),
                    ConfigurationReconciler(store, faults),
                    RouteReconciler(store, stack, faults),
                    Labeler(store),
                    RevisionReconciler(store, stack, faults, pullable),
                    RevisionCollector(store),
                    ServerlessServiceReconciler(store),
                ),
            ),
            (
                KUBERNETES,
                (
                    EndpointsReconciler(store, faults),
                    DeploymentReconciler(store),
                    ReplicaSetReconciler(store, faults),
                    Scheduler(store, settings.delays),
                ),
            ),
        )

        def works(component: Key | None) -> Callable[[], bool]:
            return lambda: component is KUBERNETES or components.is_up(component)

        def seeded(reconciler: Reconciler, component: Key | None) -> Reconciler:
            knob = blind.KNOBS.get(component) if component else None
            if component is None or knob is None:
                return reconciler
            return Blind(reconciler, faults, knob, lambda: components.leader(component))

        self._loops = tuple(
            Loop(seeded(each, component), store, settings.delays, works(component))
            for component, reconcilers in of
            for each in reconcilers
        )
        self._leases = Leases(store, components)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._leases.run())
            for loop in self._loops:
                tasks.create_task(loop.run())
