"""From the objects to Envoy's files, and back: an Ingress is ready once the gateways answer with its configuration.

As net-istio does, readiness is probed and not assumed (knative.dev/networking pkg/status/status.go). As Istio does,
make before break: Envoy answers 503 for a route to a cluster it does not have, so clusters come before the routes that
name them and go after these (Envoy, xDS protocol, eventual consistency considerations).
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable

import aiohttp

from kserve_conformance.embedded.apiserver.resources import (
    ENDPOINTS,
    INGRESSES,
    KUBE_INGRESSES,
    NAMESPACES,
    SERVICES,
    VIRTUAL_SERVICES,
    Resource,
)
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.controllers.runtime import write_status
from kserve_conformance.embedded.dataplane import kube_services, resources
from kserve_conformance.embedded.dataplane.gateways import Gateways, gateway_listener
from kserve_conformance.embedded.dataplane.routes import LOCAL, PUBLIC, Host, Translator, cluster_name, virtual_hosts
from kserve_conformance.embedded.dataplane.xds import Files
from kserve_conformance.embedded.node.addresses import local_gateway
from kserve_conformance.embedded.objects import Key, Obj, copy_of, is_true, key_of, set_condition
from kserve_conformance.embedded.settings import Settings

log = logging.getLogger(__name__)

SOURCES = (ENDPOINTS, INGRESSES, KUBE_INGRESSES, VIRTUAL_SERVICES, SERVICES, NAMESPACES)
NOWHERE: Obj = {}
LOOK_EVERY, PROGRAMMED_WITHIN = 0.01, 5.0
LOCAL_LOAD_BALANCER = "knative-local-gateway.istio-system.svc.cluster.local"
PUBLIC_LOAD_BALANCER = "istio-ingressgateway.istio-system.svc.cluster.local"


class Programmer:
    """Writes when something has changed. `served` are the hosts that were probed, with what they answered."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        files: Files,
        gateways: Gateways,
        translator: Translator,
        *,
        works: Callable[[], bool] = lambda: True,
    ) -> None:
        """`works`: whether there is an istiod to send the gateways anything."""
        self._store = store
        self._delays = settings.delays
        self._files = files
        self._gateways = gateways
        self._translator = translator
        self._works = works
        self._addresses = {
            PUBLIC: ("127.0.0.1", settings.gateway_port),
            LOCAL: local_gateway(settings.block),
        }
        self._changed = asyncio.Event()
        self._routed: set[str] = set()  # clusters that the newest routes name
        self._revisions: dict[str, Obj] = {}  # clusters that some route may still name
        self._clusters: dict[Key, tuple[Obj, Obj]] = {}  # Endpoints, and the cluster made of them
        self._warm: set[str] = set()
        self.served: dict[tuple[str, str], str] = {}

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks, aiohttp.ClientSession() as session:
            for resource in SOURCES:
                tasks.create_task(self._watch(resource))
            while True:
                await self._changed.wait()
                await asyncio.sleep(self._delays.pick(self._delays.gateway))
                self._changed.clear()
                await self._gateways.up()
                while not self._works():
                    await asyncio.sleep(LOOK_EVERY)
                try:
                    hosts = await self.write()
                    await self._confirm(session, hosts)
                    self._prune()
                    self._publish(hosts)
                except (aiohttp.ClientError, TimeoutError) as error:
                    log.info("data plane: the gateway does not answer: %s", error)
                    await self._try_again()
                except Exception:
                    log.exception("data plane")
                    await self._try_again()

    async def _try_again(self) -> None:
        await asyncio.sleep(PROGRAMMED_WITHIN / 10)
        self._changed.set()

    async def write(self) -> list[Host]:
        """Everything as the objects have it now; what is the same already is left alone. Returns the hosts."""
        hosts = self._translator.hosts()
        for gone in set(self.served) - {(each.gateway, each.name) for each in hosts}:
            del self.served[gone]  # before anything is waited for: somebody may have the name again meanwhile
        services = self._routable()
        wanted = {cluster_name(*each): self._cluster(each) for each in services}
        self._clusters = {each: self._clusters[each] for each in services}
        self._routed = set(wanted)
        self._revisions |= wanted
        self._write_clusters()
        await self._warmed(set(self._revisions))
        for gateway in (PUBLIC, LOCAL):
            mine = virtual_hosts(each for each in hosts if each.gateway == gateway)
            self._files.write(gateway, [resources.route_table(gateway, mine)])
        return hosts

    def prepare(self) -> None:
        """Listeners, and no host yet."""
        for gateway in (PUBLIC, LOCAL):
            self._files.write(gateway, [resources.route_table(gateway, [])])
        gateways = [gateway_listener(each, *self._addresses[each], self._files) for each in (PUBLIC, LOCAL)]
        self._files.write("lds", gateways)

    def _write_clusters(self) -> None:
        self._files.write("cds", [self._revisions[name] for name in sorted(self._revisions)])

    async def _warmed(self, clusters: set[str]) -> None:
        """Returns once all of them take requests."""
        async with asyncio.timeout(PROGRAMMED_WITHIN):
            while not clusters <= self._warm:
                self._warm = await self._gateways.clusters()
                if not clusters <= self._warm:
                    await asyncio.sleep(LOOK_EVERY)

    def _prune(self) -> None:
        """Routes have moved on: what none of them names goes."""
        gone = set(self._revisions) - self._routed
        for name in gone:
            del self._revisions[name]
        self._write_clusters()
        self._warm &= set(self._revisions)

    async def _watch(self, resource: Resource) -> None:
        watch = self._store.watch(resource)
        try:
            async for _ in watch:
                self._changed.set()
        finally:
            watch.close()

    def _routable(self) -> set[Key]:
        """The public Service of every revision that an Ingress names, and the plain ones."""
        return {
            Key(split["serviceNamespace"], split["serviceName"])
            for ingress in self._store.look(INGRESSES)
            for rule in ingress["spec"]["rules"]
            for path in rule["http"]["paths"]
            for split in path["splits"]
        } | set(kube_services.routable(self._store))

    def _cluster(self, service: Key) -> Obj:
        """Made again only when its Endpoints are others."""
        endpoints = self._store.look_for(ENDPOINTS, service.namespace, service.name) or NOWHERE
        if self._clusters.get(service, (None, {}))[0] is not endpoints:
            self._clusters[service] = endpoints, _cluster(service, endpoints, self._translator.protocol(endpoints))
        return self._clusters[service][1]

    async def _confirm(self, session: aiohttp.ClientSession, hosts: list[Host]) -> None:
        """Asks the gateways until they answer for each changed host with what was written."""
        wanted = {(each.gateway, each.name): each.digest for each in hosts}
        async with asyncio.timeout(PROGRAMMED_WITHIN):
            for (gateway, name), digest in wanted.items():
                while self.served.get((gateway, name)) != digest:
                    answered = await self._probe(session, gateway, name)
                    if answered:
                        self.served[gateway, name] = answered
                    if answered != digest:
                        await asyncio.sleep(LOOK_EVERY)

    async def _probe(self, session: aiohttp.ClientSession, gateway: str, name: str) -> str:
        host, port = self._addresses[gateway]
        headers = {"Host": name.replace("*", "any"), resources.PROBE: "probe"}
        async with session.get(f"http://{host}:{port}/", headers=headers) as answer:
            return answer.headers.get(resources.HASH, "")

    def _publish(self, hosts: list[Host]) -> None:
        """Every Ingress whose hosts are all served, at the generation that was translated."""
        of_ingress: dict[tuple[Key, int], list[Host]] = defaultdict(list)
        for each in hosts:
            if each.ingress is not None:
                of_ingress[each.ingress, each.generation].append(each)
        for ingress in self._store.look(INGRESSES, where=lambda each: not _is_ready(each)):
            mine = of_ingress.get((key_of(ingress), ingress["metadata"]["generation"]))
            if mine and all(self._is_served(each) for each in mine):
                write_status(self._store, INGRESSES, _ready(copy_of(ingress)))

    def _is_served(self, host: Host) -> bool:
        return self.served.get((host.gateway, host.name)) == host.digest


def _cluster(service: Key, endpoints: Obj, protocol: str) -> Obj:
    subsets = endpoints.get("subsets") or ()
    ports = [subset["ports"][0] for subset in subsets]
    addresses = [
        (address["ip"], port["port"])
        for subset, port in zip(subsets, ports, strict=True)
        for address in subset.get("addresses") or ()
    ]
    return resources.revision_cluster(cluster_name(*service), addresses, protocol)


def _is_ready(ingress: Obj) -> bool:
    seen = (ingress.get("status") or {}).get("observedGeneration")
    return is_true(ingress, "Ready") and seen == ingress["metadata"]["generation"]


def _ready(ingress: Obj) -> Obj:
    status = ingress.setdefault("status", {})
    conditions = status.setdefault("conditions", [])
    for kind in ("LoadBalancerReady", "NetworkConfigured", "Ready"):
        set_condition(conditions, kind, "True")
    status["observedGeneration"] = ingress["metadata"]["generation"]
    status["publicLoadBalancer"] = {"ingress": [{"domainInternal": PUBLIC_LOAD_BALANCER}]}
    status["privateLoadBalancer"] = {"ingress": [{"domainInternal": LOCAL_LOAD_BALANCER}]}
    return ingress
