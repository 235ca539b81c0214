"""A seeded defect of any controller: who takes over does not look at a namespace."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kserve_conformance.embedded.apiserver.resources import Resource
from kserve_conformance.embedded.components import CONTROLLER, KSERVE
from kserve_conformance.embedded.controllers.runtime import Mapper, Reconciler
from kserve_conformance.embedded.faults import Faults
from kserve_conformance.embedded.objects import Key

# Of a component, by its Deployment.
KNOBS = {CONTROLLER: "new-knative-controller-blind", KSERVE: "new-kserve-controller-blind"}  # F184, F185


class Blind:
    """Sees everything as long as `leader` is the pod that saw a namespace first."""

    def __init__(self, reconciler: Reconciler, faults: Faults, knob: str, leader: Callable[[], str]) -> None:
        self._reconciler = reconciler
        self._faults = faults
        self._knob = knob
        self._leader = leader
        self._first: dict[str, str] = {}

    @property
    def sources(self) -> Mapping[Resource, Mapper]:
        return self._reconciler.sources

    def reconcile(self, key: Key) -> float | None:
        leader = self._leader()
        if self._first.setdefault(key.namespace, leader) != leader and self._faults.fires(self._knob, key.namespace):
            return None
        return self._reconciler.reconcile(key)
