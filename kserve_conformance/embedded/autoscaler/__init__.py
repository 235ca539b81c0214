"""The autoscaler component: collects what queue proxies and activators report, decides, and scales.

Timing as in Knative: figures are taken once a second, decided on every two seconds, and at once when the first request
meets a revision at zero (serving pkg/autoscaler/metrics/collector.go, pkg/autoscaler/scaling/multiscaler.go).
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace

from kserve_conformance.embedded.apiserver.resources import ENDPOINTS, POD_AUTOSCALERS
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.autoscaler.config import Scaling, says, scaling
from kserve_conformance.embedded.autoscaler.kpa import Decision, Kpa
from kserve_conformance.embedded.autoscaler.pod_autoscaler import PodAutoscalerReconciler
from kserve_conformance.embedded.components import AUTOSCALER, Components
from kserve_conformance.embedded.controllers import knative_config, names
from kserve_conformance.embedded.controllers.runtime import Loop
from kserve_conformance.embedded.faults import Faults
from kserve_conformance.embedded.metrics import Stat
from kserve_conformance.embedded.objects import Key, Obj, key_of, labels_of
from kserve_conformance.embedded.settings import Delays
from kserve_conformance.embedded.stacks import Stack

COLLECT_EVERY = 1.0
DECIDE_EVERY = 2.0
YOUNG_FOR = 6.0


class Autoscaler:
    """Takes `Stat`s (it is the data plane's StatSink) and keeps a decision for every PodAutoscaler."""

    def __init__(self, store: Store, stack: Stack, faults: Faults, delays: Delays, components: Components) -> None:
        self._store = store
        self._faults = faults
        self._kpas: dict[Key, Kpa] = {}
        self._decisions: dict[Key, Decision] = {}
        self._configured: dict[Key, tuple[Obj, Mapping[str, str]]] = {}  # from what each was
        self._reported: dict[Key, dict[str, Stat]] = defaultdict(dict)
        self._components = components
        self._leader = ""
        self._first_leader: dict[str, str] = {}  # by namespace
        self._young_until: dict[Key, float] = {}
        reconciler = PodAutoscalerReconciler(store, stack, faults, self.decision, self.scaling)
        self._loop = Loop(reconciler, store, delays, lambda: components.is_up(AUTOSCALER))

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
            self._wake_siblings(stat.revision)

    def decision(self, autoscaler: Obj) -> Decision:
        """The newest one; from the first time it is asked for, figures are collected."""
        key = key_of(autoscaler)
        if key not in self._kpas:
            self._kpas[key] = Kpa(self.scaling(autoscaler), ready=self._ready(key), now=time.monotonic())
            self._decisions[key] = self._first(key)
        return self._decisions[key]

    def scaling(self, autoscaler: Obj) -> Scaling:
        facts = scaling(autoscaler, knative_config.read(self._store, "config-autoscaler"))
        namespace = autoscaler["metadata"]["namespace"]
        if self._faults.fires("zero-too-early", namespace):  # F050
            facts = replace(facts, stable_window=1.0, grace_period=0.0)
        facts = self._misread(facts, namespace)
        if says(autoscaler, "window") and self._faults.fires("own-window-misread", namespace):  # F385
            facts = replace(facts, stable_window=facts.stable_window * 60)
        if not says(autoscaler, "target") and self._faults.fires("default-target-lost", namespace):  # F358
            facts = replace(facts, target=1.0)
        if facts.min_scale > 1 and self._is_young(autoscaler):
            return replace(facts, min_scale=1, initial_scale=1)
        return facts

    def _misread(self, facts: Scaling, namespace: str) -> Scaling:
        """Without what an annotation of the revision's says."""
        if facts.activation_scale > 1 and self._faults.fires("activation-scale-ignored", namespace):  # F155
            facts = replace(facts, activation_scale=1)
        if facts.scale_down_delay and self._faults.fires("scale-down-delay-ignored", namespace):  # F240
            facts = replace(facts, scale_down_delay=0.0)
        if facts.pod_retention and self._faults.fires("retention-ignored", namespace):  # F241
            facts = replace(facts, pod_retention=0.0)
        if facts.burst_capacity == 0 and self._faults.fires("activator-stays", namespace):  # F242
            facts = replace(facts, burst_capacity=-1)
        elif facts.burst_capacity == -1 and self._faults.fires("activator-leaves", namespace):  # F243
            facts = replace(facts, burst_capacity=0)
        return facts

    def _is_young(self, autoscaler: Obj) -> bool:
        """F075: what a revision is to begin with counts only after a while."""
        key = key_of(autoscaler)
        if key not in self._young_until:
            if not self._faults.fires("promote-under-scaled", key.namespace):
                return False
            self._young_until[key] = time.monotonic() + YOUNG_FOR
            asyncio.get_running_loop().call_later(YOUNG_FOR, self._loop.enqueue, key)
        return time.monotonic() < self._young_until[key]

    def _first(self, key: Key) -> Decision:
        decision = self._kpas[key].first()
        if self._ready(key) > 1 and self._faults.fires("capacity-dip", key.namespace):  # F099
            return replace(decision, desired=self._kpas[key].scaling.initial_scale)
        return decision

    async def _every(self, period: float, action: Callable[[], None]) -> None:
        while True:
            await asyncio.sleep(period)
            action()

    def _collect(self) -> None:
        self._take_over()
        known = {key_of(each): each for each in self._store.look(POD_AUTOSCALERS)}
        for gone in set(self._kpas) - set(known):
            del self._kpas[gone], self._decisions[gone]
            self._configured.pop(gone, None)
        settings = knative_config.read(self._store, "config-autoscaler")
        self._mix_up()
        for key, kpa in self._kpas.items():
            autoscaler, before = self._configured.get(key, (None, None))
            if autoscaler is not known[key] or before != settings:
                kpa.configure(self.scaling(known[key]))
                self._configured[key] = known[key], settings
            self._collect_one(key)
        self._reported.clear()

    def _mix_up(self) -> None:
        """F346: what one revision reports counts for all of its namespace."""
        for namespace in {key.namespace for key in self._reported}:
            if self._faults.fires("load-of-neighbours", namespace):
                mine = [stats for key, stats in self._reported.items() if key.namespace == namespace]
                every = {pod: stat for stats in mine for pod, stat in stats.items()}
                for key in self._kpas:
                    if key.namespace == namespace:
                        self._reported[key] = dict(every)

    def _wake_siblings(self, key: Key) -> None:
        """F347: the first request to a revision at zero wakes all of its service."""
        own = self._store.look_for(POD_AUTOSCALERS, key.namespace, key.name) or {"metadata": {}}
        service = labels_of(own).get(names.CONFIGURATION)
        for each in self._store.look(POD_AUTOSCALERS, key.namespace):
            other, asleep = key_of(each), self._decisions.get(key_of(each))
            sibling = other != key and labels_of(each).get(names.CONFIGURATION) == service
            if sibling and asleep is not None and self._faults.fires("siblings-woken", key.namespace):
                self._decisions[other] = replace(asleep, desired=1)
                self._loop.enqueue(other)

    def _take_over(self) -> None:
        """Another pod of the autoscaler starts without history; while there is none, nothing is decided."""
        leader = self._components.leader(AUTOSCALER)
        if leader == self._leader:
            return
        self._leader = leader
        self._kpas.clear()
        self._decisions.clear()
        self._configured.clear()
        if leader:
            for each in self._store.look(POD_AUTOSCALERS):
                self._loop.enqueue(key_of(each))

    def _collect_one(self, key: Key) -> None:
        """One figure for the whole revision. Idle ready pods count zero; without pods or requests there is none."""
        kpa = self._kpas.get(key)
        reported = self._reported.pop(key, {})
        if kpa is None or not (reported or self._ready(key)):
            return
        if reported and self._faults.fires("never-scales-up", key.namespace):  # F056
            return
        if reported and self._is_deaf(key):
            return
        if kpa.scaling.metric == "rps":
            value = sum(each.request_rate for each in reported.values())
        else:
            value = sum(each.average_concurrency for each in reported.values())
        kpa.record(value, now=time.monotonic())

    def _is_deaf(self, key: Key) -> bool:
        """F357: no figures reach the autoscaler that takes over from the one that saw the namespace first."""
        heir = self._first_leader.setdefault(key.namespace, self._leader) != self._leader
        return heir and self._faults.fires("new-autoscaler-deaf", key.namespace)

    def _decide_all(self) -> None:
        for key in list(self._kpas):
            self._decide(key)

    def _decide(self, key: Key) -> None:
        def may_panic() -> bool:
            return not self._faults.fires("panic-never", key.namespace)

        decision = self._kpas[key].decide(ready=self._ready(key), now=time.monotonic(), may_panic=may_panic)
        if decision is not None:
            decision = self._oddly(key, decision)
        if decision is not None and decision != self._decisions.get(key):
            self._decisions[key] = decision
            self._loop.enqueue(key)

    def _oddly(self, key: Key, decision: Decision) -> Decision:
        """Wrong with the fault, right but unusual with a decoy."""
        desired, ready = decision.desired, self._ready(key)
        if desired > 0 and self._faults.fires("flapping", key.namespace):  # F059
            desired += 2
        if desired > ready > 0 and self._faults.fires("one-extra-pod", key.namespace):  # D02
            desired += 1
        if self._kpas[key].panic_since is not None and self._faults.fires("panic-overshoot", key.namespace):  # D10
            desired *= 2
        return replace(decision, desired=desired)

    def _ready(self, key: Key) -> int:
        endpoints = self._store.look_for(ENDPOINTS, key.namespace, f"{key.name}-private") or {}
        return sum(len(each.get("addresses") or ()) for each in endpoints.get("subsets") or ())
