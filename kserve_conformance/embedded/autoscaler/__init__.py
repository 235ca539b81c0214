"""The autoscaler component: collects what queue proxies and activators report, decides, and scales.

Timing as in Knative: figures are taken once a second, decided on every two seconds, and at once when the first request
meets a revision at zero (serving pkg/autoscaler/metrics/collector.go, pkg/autoscaler/scaling/multiscaler.go).
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable

from kserve_conformance.embedded.apiserver.resources import CONFIG_MAPS, ENDPOINTS, POD_AUTOSCALERS
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.autoscaler.config import Scaling, scaling
from kserve_conformance.embedded.autoscaler.kpa import Decision, Kpa
from kserve_conformance.embedded.autoscaler.scaler import PodAutoscalerReconciler
from kserve_conformance.embedded.controllers import names
from kserve_conformance.embedded.controllers.runtime import Loop
from kserve_conformance.embedded.faults import Faults
from kserve_conformance.embedded.metrics import Stat
from kserve_conformance.embedded.objects import Key, Obj, key_of
from kserve_conformance.embedded.settings import Delays

COLLECT_EVERY = 1.0
DECIDE_EVERY = 2.0


class Autoscaler:
    """Takes `Stat`s (it is the data plane's StatSink) and keeps a decision for every PodAutoscaler."""

    def __init__(self, store: Store, faults: Faults, delays: Delays) -> None:
        self._store = store
        self._faults = faults
        self._kpas: dict[Key, Kpa] = {}
        self._decisions: dict[Key, Decision] = {}
        self._reported: dict[Key, dict[str, Stat]] = defaultdict(dict)
        self._loop = Loop(PodAutoscalerReconciler(store, self.decision, self.scaling), store, delays)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._loop.run())
            tasks.create_task(self._every(COLLECT_EVERY, self._collect))
            tasks.create_task(self._every(DECIDE_EVERY, self._decide_all))

    def record(self, stat: Stat) -> None:
        """A first request at zero is decided on at once (Knative's Poke)."""
        self._reported[stat.revision][stat.pod] = stat
        decided = self._decisions.get(stat.revision)
        if decided is not None and decided.desired == 0 and (stat.average_concurrency or stat.request_rate):
            self._collect_one(stat.revision)
            self._decide(stat.revision)

    def decision(self, key: Key) -> Decision | None:
        return self._decisions.get(key)

    def scaling(self, autoscaler: Obj) -> Scaling:
        return scaling(autoscaler, self._store.find(CONFIG_MAPS, names.SYSTEM, "config-autoscaler"))

    async def _every(self, period: float, action: Callable[[], None]) -> None:
        while True:
            await asyncio.sleep(period)
            action()

    def _collect(self) -> None:
        known = {key_of(each): each for each in self._store.list(POD_AUTOSCALERS)}
        for gone in set(self._kpas) - set(known):
            del self._kpas[gone]
            self._decisions.pop(gone, None)
        for key, autoscaler in known.items():
            facts = self.scaling(autoscaler)
            if key in self._kpas:
                self._kpas[key].configure(facts)
            else:
                self._kpas[key] = Kpa(facts)
            self._collect_one(key)
        self._reported.clear()

    def _collect_one(self, key: Key) -> None:
        """One figure for the whole revision. Idle ready pods count zero; without pods or requests there is none."""
        kpa = self._kpas.get(key)
        reported = self._reported.pop(key, {})
        if kpa is None or not (reported or self._ready(key)):
            return
        if kpa.scaling.metric == "rps":
            value = sum(each.request_rate for each in reported.values())
        else:
            value = sum(each.average_concurrency for each in reported.values())
        kpa.record(value, now=time.monotonic())

    def _decide_all(self) -> None:
        for key in list(self._kpas):
            self._decide(key)

    def _decide(self, key: Key) -> None:
        def may_panic() -> bool:
            return not self._faults.fires("panic-never", key.namespace)

        decision = self._kpas[key].decide(ready=self._ready(key), now=time.monotonic(), may_panic=may_panic)
        if decision is not None and decision != self._decisions.get(key):
            self._decisions[key] = decision
            self._loop.enqueue(key)

    def _ready(self, key: Key) -> int:
        endpoints = self._store.find(ENDPOINTS, key.namespace, f"{key.name}-private")
        return sum(len(each.get("addresses") or ()) for each in (endpoints or {}).get("subsets") or ())
