"""From the objects to Envoy's files, and back: an Ingress is ready once the gateways answer with its configuration.

As net-istio does, readiness is probed and not assumed (knative.dev/networking pkg/status/status.go). As Istio does,
make before break: Envoy answers 503 for a route to a cluster it does not have, so clusters come before the routes that
name them and go after these (Envoy, xDS protocol, eventual consistency considerations).
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Mapping

import aiohttp

from kserve_conformance.embedded.apiserver.resources import (
    ENDPOINTS,
    INGRESSES,
    NAMESPACES,
    PODS,
    VIRTUAL_SERVICES,
    Resource,
)
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.controllers.runtime import write_status
from kserve_conformance.embedded.dataplane import queue_proxies, resources
from kserve_conformance.embedded.dataplane.envoy import Envoy
from kserve_conformance.embedded.dataplane.queue_proxies import QueueProxy
from kserve_conformance.embedded.dataplane.routes import LOCAL, LOCAL_GATEWAY, PUBLIC, Host, Translator, cluster_name
from kserve_conformance.embedded.objects import Key, Obj, set_condition
from kserve_conformance.embedded.settings import Settings

log = logging.getLogger(__name__)

SOURCES = (ENDPOINTS, INGRESSES, VIRTUAL_SERVICES, PODS, NAMESPACES)
LOCAL_PORT = 8081
LOOK_EVERY, PROGRAMMED_WITHIN = 0.01, 5.0
LOCAL_LOAD_BALANCER = "knative-local-gateway.istio-system.svc.cluster.local"
PUBLIC_LOAD_BALANCER = "istio-ingressgateway.istio-system.svc.cluster.local"


class Programmer:
    """Writes when something has changed. `served` are the hosts that were probed, with what they answered."""

    def __init__(self, store: Store, settings: Settings, envoy: Envoy, translator: Translator) -> None:
        self._store = store
        self._delays = settings.delays
        self._envoy = envoy
        self._translator = translator
        self._addresses = {
            PUBLIC: ("127.0.0.1", settings.gateway_port),
            LOCAL: (f"127.{settings.block}.0.2", LOCAL_PORT),
        }
        self._changed = asyncio.Event()
        self._routed: set[str] = set()  # clusters that the newest routes name
        self._revisions: set[str] = set()  # clusters that some route may still name
        self._warm: set[str] = set()
        self.served: dict[tuple[str, str], str] = {}
        self.proxies: dict[str, QueueProxy] = {}

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks, aiohttp.ClientSession() as session:
            for resource in SOURCES:
                tasks.create_task(self._watch(resource))
            while True:
                await self._changed.wait()
                await asyncio.sleep(self._delays.pick(self._delays.gateway))
                self._changed.clear()
                try:
                    hosts = await self.write()
                    await self._confirm(session, hosts)
                    self._prune()
                    self._publish(hosts)
                except Exception:
                    log.exception("data plane")
                    await asyncio.sleep(PROGRAMMED_WITHIN / 10)
                    self._changed.set()

    async def write(self) -> list[Host]:
        """Everything as the objects have it now; what is the same already is left alone. Returns the hosts."""
        hosts = self._translator.hosts()
        before = self.proxies
        self.proxies = {each.name: each for each in queue_proxies.running(self._store)}
        wanted = dict(self._revision_endpoints())
        for name, addresses in wanted.items():
            self._envoy.write(_file(name), [resources.endpoints(name, addresses)])
        self._routed = set(wanted)
        self._revisions |= self._routed
        self._write_clusters({**before, **self.proxies})
        await self._warmed({LOCAL_GATEWAY, *self._revisions, *self.proxies})
        for gateway in (PUBLIC, LOCAL):
            mine = [each.configuration() for each in hosts if each.gateway == gateway]
            self._envoy.write(gateway, [resources.route_table(gateway, mine)])
        gateways = [self._gateway(each) for each in (PUBLIC, LOCAL)]
        self._envoy.write("lds", [*gateways, *(each.listener() for each in self.proxies.values())])
        return hosts

    def _write_clusters(self, proxies: Mapping[str, QueueProxy]) -> None:
        local = resources.fixed_cluster(LOCAL_GATEWAY, *self._addresses[LOCAL])
        revisions = [
            resources.revision_cluster(each, self._envoy.source(_file(each))) for each in sorted(self._revisions)
        ]
        self._envoy.write("cds", [local, *revisions, *(each.cluster() for each in proxies.values())])

    async def _warmed(self, clusters: set[str]) -> None:
        """Returns once all of them take requests."""
        async with asyncio.timeout(PROGRAMMED_WITHIN):
            while not clusters <= self._warm:
                self._warm = await self._envoy.clusters()
                if not clusters <= self._warm:
                    await asyncio.sleep(LOOK_EVERY)

    def _prune(self) -> None:
        """Routes have moved on: what none of them names goes."""
        gone, self._revisions = self._revisions - self._routed, set(self._routed)
        self._write_clusters(self.proxies)
        for name in gone:
            self._envoy.remove(_file(name))
        self._warm &= {LOCAL_GATEWAY, *self._revisions, *self.proxies}

    async def _watch(self, resource: Resource) -> None:
        watch = self._store.watch(resource)
        try:
            async for _ in watch:
                self._changed.set()
        finally:
            watch.close()

    def _gateway(self, name: str) -> Obj:
        routes = {"rds": {"route_config_name": name, "config_source": self._envoy.source(name)}}
        host, port = self._addresses[name]
        return resources.listener(name, host, port, stat_prefix=name, routes=routes)

    def _revision_endpoints(self) -> list[tuple[str, list[tuple[str, int]]]]:
        """Of every revision that an Ingress names: the addresses of its public Service."""
        named = {
            (split["serviceNamespace"], split["serviceName"])
            for ingress in self._store.look(INGRESSES)
            for rule in ingress["spec"]["rules"]
            for split in rule["http"]["paths"][0]["splits"]
        }
        return [(cluster_name(*each), self._addresses_of(*each)) for each in sorted(named)]

    def _addresses_of(self, namespace: str, service: str) -> list[tuple[str, int]]:
        found = self._store.find(ENDPOINTS, namespace, service) or {}
        return [
            (address["ip"], subset["ports"][0]["port"])
            for subset in found.get("subsets") or ()
            for address in subset.get("addresses") or ()
        ]

    async def _confirm(self, session: aiohttp.ClientSession, hosts: list[Host]) -> None:
        """Asks the gateways until they answer for each changed host with what was written."""
        wanted = {(each.gateway, each.name): each.digest for each in hosts}
        for gone in set(self.served) - set(wanted):
            del self.served[gone]
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
        for (key, generation), mine in of_ingress.items():
            ingress = self._store.find(INGRESSES, key.namespace, key.name)
            current = ingress is not None and ingress["metadata"]["generation"] == generation
            if ingress is not None and current and all(self._is_served(each) for each in mine):
                write_status(self._store, INGRESSES, _ready(ingress))

    def _is_served(self, host: Host) -> bool:
        return self.served.get((host.gateway, host.name)) == host.digest


def _ready(ingress: Obj) -> Obj:
    status = ingress.setdefault("status", {})
    conditions = status.setdefault("conditions", [])
    for kind in ("LoadBalancerReady", "NetworkConfigured", "Ready"):
        set_condition(conditions, kind, "True")
    status["observedGeneration"] = ingress["metadata"]["generation"]
    status["publicLoadBalancer"] = {"ingress": [{"domainInternal": PUBLIC_LOAD_BALANCER}]}
    status["privateLoadBalancer"] = {"ingress": [{"domainInternal": LOCAL_LOAD_BALANCER}]}
    return ingress


def _file(cluster: str) -> str:
    return "eds." + cluster.replace("/", ".")
