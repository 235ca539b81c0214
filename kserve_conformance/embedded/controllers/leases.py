"""Leases by which the replicas of a component elect the one that works (knative.dev/pkg leaderelection,
controller-runtime pkg/leaderelection)."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from kserve_conformance.embedded.apiserver.resources import LEASES, PODS
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.components import AUTOSCALER, CONTROLLER, KSERVE, WEBHOOK, Components
from kserve_conformance.embedded.objects import Key, Obj

LOOK_EVERY = 1.0
RECONCILERS = ("configuration", "gc", "labeler", "revision", "route", "serverlessservice", "service")
WEBHOOKS = ("configmapwebhook", "defaultingwebhook", "validationwebhook", "webhookcertificates")


@dataclass(frozen=True)
class Election:
    component: Key
    lease: str
    duration: int  # seconds; config-leader-election's, and controller-runtime's own
    renewed_every: int


def elections() -> Iterator[Election]:
    for each in RECONCILERS:
        name = f"controller.knative.dev.serving.pkg.reconciler.{each}.reconciler.00-of-01"
        yield Election(CONTROLLER, name, 60, 10)
    for each in WEBHOOKS:
        yield Election(WEBHOOK, f"webhook.{each}.00-of-01", 60, 10)
    yield Election(AUTOSCALER, "autoscaler-bucket-00-of-01", 60, 10)
    yield Election(KSERVE, "kserve-controller-manager-leader-lock", 15, 2)


class Leases:
    """Keeps them in the name of each component's leader, until it is cancelled."""

    def __init__(self, store: Store, components: Components) -> None:
        self._store = store
        self._components = components

    async def run(self) -> None:
        every = tuple(elections())
        while True:
            for each in every:
                self._keep(each)
            await asyncio.sleep(LOOK_EVERY)

    def _keep(self, election: Election) -> None:
        namespace = election.component.namespace
        pod = self._store.look_for(PODS, namespace, self._components.leader(election.component))
        if pod is None:
            return
        holder, moment = f"{pod['metadata']['name']}_{pod['metadata']['uid']}", datetime.datetime.now(datetime.UTC)
        text = moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        lease = self._store.look_for(LEASES, namespace, election.lease)
        if lease is None:
            meta = {"name": election.lease, "namespace": namespace}
            self._store.create(LEASES, {"metadata": meta, "spec": _spec(election, holder, text, 0)})
            return
        spec = lease["spec"]
        due = datetime.datetime.fromisoformat(spec["renewTime"]) + datetime.timedelta(seconds=election.renewed_every)
        if spec.get("holderIdentity") != holder:
            spec = _spec(election, holder, text, spec.get("leaseTransitions", 0) + 1)
        elif moment < due:
            return
        self._store.update(LEASES, {**lease, "spec": {**spec, "renewTime": text}})


def _spec(election: Election, holder: str, now: str, transitions: int) -> Obj:
    return {
        "acquireTime": now,
        "holderIdentity": holder,
        "leaseDurationSeconds": election.duration,
        "leaseTransitions": transitions,
        "renewTime": now,
    }
