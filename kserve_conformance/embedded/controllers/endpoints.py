"""Who is behind a Service, and whether an activator stands in front of a revision's pods."""

from __future__ import annotations

import time
from collections.abc import Mapping

from kserve_conformance.embedded.apiserver.resources import (
    ENDPOINTS,
    PODS,
    SERVERLESS_SERVICES,
    SERVICES,
    Resource,
)
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.controllers import names
from kserve_conformance.embedded.controllers.conditions import ready_from
from kserve_conformance.embedded.controllers.runtime import Mapper, ensure, write_status
from kserve_conformance.embedded.controllers.workloads import itself, owner_of_kind
from kserve_conformance.embedded.faults import Faults
from kserve_conformance.embedded.objects import (
    Key,
    Obj,
    is_ready_pod,
    is_terminating,
    key_of,
    labels_of,
    matches_labels,
    owner_reference,
    set_condition,
)

ACTIVATOR = Key(names.SYSTEM, "activator-service")
PRIVATE = "-private"
TOO_LATE = 1.0  # seconds, with the fault leaving-pod-addressed


class EndpointsReconciler:
    """The ready pods a Service selects (kubernetes pkg/controller/endpoint); terminating pods are out at once.

    Endpoints that are deleted are made again: those of a Service that was made anew may go with the one before it.
    """

    def __init__(self, store: Store, faults: Faults) -> None:
        self._store = store
        self._faults = faults
        self._gone: dict[str, float] = {}

    @property
    def sources(self) -> Mapping[Resource, Mapper]:
        return {SERVICES: itself, PODS: self._services_of, ENDPOINTS: self._if_gone}

    def reconcile(self, key: Key) -> float | None:
        service = self._store.find(SERVICES, key.namespace, key.name)
        if service is None or not service["spec"].get("selector"):
            return None
        selector = service["spec"]["selector"]
        pods = self._store.look(PODS, key.namespace, where=lambda pod: matches_labels(pod, selector))
        pods = [pod for pod in pods if (pod.get("status") or {}).get("podIP")]
        addresses = [_address(pod) for pod in pods if is_ready_pod(pod)]
        starting = [_address(pod) for pod in pods if not is_ready_pod(pod) and not is_terminating(pod)]
        if addresses and starting and self._faults.fires("added-pod-addressed-early", key.namespace):  # F396
            addresses += starting
        before = _subset_addresses(self._store.find(ENDPOINTS, key.namespace, key.name))
        gone = [each for each in before if each not in addresses]
        late = (
            self._late(gone, pods) if gone and self._faults.fires("leaving-pod-addressed", key.namespace) else []
        )  # F163
        addresses += late
        if gone and self._faults.fires("stale-endpoint", key.namespace):  # F045
            addresses += gone
        ports = [
            {"name": each.get("name", ""), "port": each.get("targetPort", each["port"]), "protocol": "TCP"}
            for each in service["spec"].get("ports") or ()
        ]
        _write(self._store, service, addresses, ports)
        return TOO_LATE if late else None

    def _late(self, gone: list[Obj], pods: list[Obj]) -> list[Obj]:
        """Of pods that are still there, or have not been gone for long."""
        there, now = {pod["metadata"]["uid"] for pod in pods}, time.monotonic()
        uids = {each["targetRef"]["uid"]: each for each in gone}
        return [each for uid, each in uids.items() if uid in there or now < self._gone.setdefault(uid, now) + TOO_LATE]

    def _if_gone(self, endpoints: Obj) -> list[Key]:
        key = key_of(endpoints)
        return [] if self._store.look_for(ENDPOINTS, key.namespace, key.name) else [key]

    def _services_of(self, pod: Obj) -> list[Key]:
        labels = labels_of(pod)
        return [
            key_of(each)
            for each in self._store.look(
                SERVICES,
                pod["metadata"]["namespace"],
                where=lambda service: (
                    bool(service["spec"].get("selector")) and service["spec"]["selector"].items() <= labels.items()
                ),
            )
        ]


class ServerlessServiceReconciler:
    """A revision's public and private Service (serving pkg/reconciler/serverlessservice/serverlessservice.go).

    Private are the ready pods. Public are the same in mode Serve, the activators in mode Proxy; with no pod ready it is
    Proxy whatever the mode says.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def sources(self) -> Mapping[Resource, Mapper]:
        return {SERVERLESS_SERVICES: itself, ENDPOINTS: self._behind, SERVICES: owner_of_kind("ServerlessService")}

    def reconcile(self, key: Key) -> float | None:
        sks = self._store.find(SERVERLESS_SERVICES, key.namespace, key.name)
        if sks is None or is_terminating(sks):
            return None
        private = ensure(self._store, SERVICES, self._service(sks, private=True))
        public = ensure(self._store, SERVICES, self._service(sks, private=False))
        pods = self._addresses(key_of(private))
        activators = self._addresses(ACTIVATOR)
        proxied = (sks["spec"]["mode"] == "Proxy" or not pods) and bool(activators)
        ports = [{"name": _port_name(sks), "port": _queue_port(sks), "protocol": "TCP"}]
        _write(self._store, public, activators if proxied else pods, ports)
        status = sks.setdefault("status", {})
        status["serviceName"], status["privateServiceName"] = key.name, key.name + PRIVATE
        status["observedGeneration"] = sks["metadata"]["generation"]
        conditions = status.setdefault("conditions", [])
        behind = "True" if sks["spec"]["mode"] == "Proxy" or not pods else "False"
        set_condition(conditions, "ActivatorEndpointsPopulated", behind, severity="Info")
        if pods:
            set_condition(conditions, "EndpointsPopulated", "True")
        else:
            message = "K8s Service is not ready"
            set_condition(conditions, "EndpointsPopulated", "Unknown", reason="NoHealthyBackends", message=message)
        ready_from(conditions, "EndpointsPopulated")
        write_status(self._store, SERVERLESS_SERVICES, sks)
        return None

    def _behind(self, endpoints: Obj) -> list[Key]:
        key = key_of(endpoints)
        if key == ACTIVATOR:
            return [key_of(each) for each in self._store.list(SERVERLESS_SERVICES)]
        return [Key(key.namespace, key.name.removesuffix(PRIVATE))]

    def _addresses(self, key: Key) -> list[Obj]:
        return _subset_addresses(self._store.find(ENDPOINTS, key.namespace, key.name))

    def _service(self, sks: Obj, *, private: bool) -> Obj:
        meta = sks["metadata"]
        spec: Obj = {
            "type": "ClusterIP",
            "ports": [{"name": _port_name(sks), "port": 80, "protocol": "TCP", "targetPort": _queue_port(sks)}],
        }
        if private:
            spec["selector"] = {names.REVISION_UID: labels_of(sks)[names.REVISION_UID]}
        return {
            "metadata": {
                "name": meta["name"] + (PRIVATE if private else ""),
                "namespace": meta["namespace"],
                "labels": {
                    **labels_of(sks),
                    "networking.internal.knative.dev/serviceType": "Private" if private else "Public",
                },
                "ownerReferences": [owner_reference(sks)],
            },
            "spec": spec,
        }


def _port_name(sks: Obj) -> str:
    """By which Istio chooses the protocol towards the pods."""
    return "http2" if sks["spec"]["protocolType"] == names.H2C else "http"


def _queue_port(sks: Obj) -> int:
    return names.queue_port(sks["spec"]["protocolType"])


def _subset_addresses(endpoints: Obj | None) -> list[Obj]:
    subsets: list[Obj] = (endpoints or {}).get("subsets") or []
    return [address for subset in subsets for address in subset.get("addresses") or ()]


def _address(pod: Obj) -> Obj:
    meta = pod["metadata"]
    target = {"kind": "Pod", "name": meta["name"], "namespace": meta["namespace"], "uid": meta["uid"]}
    return {"ip": pod["status"]["podIP"], "nodeName": pod["spec"].get("nodeName", ""), "targetRef": target}


def _write(store: Store, service: Obj, addresses: list[Obj], ports: list[Obj]) -> None:
    meta = service["metadata"]
    ensure(
        store,
        ENDPOINTS,
        {
            "metadata": {
                "name": meta["name"],
                "namespace": meta["namespace"],
                "labels": labels_of(service),
                "ownerReferences": [owner_reference(service)],
            },
            "subsets": [{"addresses": addresses, "ports": ports}] if addresses else [],
        },
    )
