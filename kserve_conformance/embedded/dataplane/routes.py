"""What Ingresses and VirtualServices say, as hosts of the two gateways."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial

import orjson

from kserve_conformance.embedded.apiserver.resources import INGRESSES, KUBE_INGRESSES, VIRTUAL_SERVICES, Resource
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.controllers import names
from kserve_conformance.embedded.dataplane import kube_services, resources, spoiled
from kserve_conformance.embedded.faults import Faults
from kserve_conformance.embedded.objects import Key, Obj, is_terminating, key_of

PUBLIC, LOCAL = "public", "local"


@dataclass(frozen=True)
class Host:
    """One host name of one gateway. `ingress`, at that generation, is ready when its hosts are served; for KServe's
    VirtualServices nobody writes a status."""

    gateway: str
    name: str
    routes: tuple[Obj, ...]
    ingress: Key | None = None
    generation: int = 0

    @cached_property
    def digest(self) -> str:
        return hashlib.sha256(orjson.dumps(self.routes)).hexdigest()[:16]


def virtual_hosts(hosts: Iterable[Host]) -> list[Obj]:
    """Of one gateway. Envoy reads all of them at each change: what has the same routes is said once."""
    alike: dict[str, list[Host]] = defaultdict(list)
    for host in hosts:
        alike[host.digest].append(host)
    return [
        resources.virtual_host([each.name for each in group], group[0].routes, digest)
        for digest, group in alike.items()
    ]


def cluster_name(namespace: str, revision: str) -> str:
    return f"{namespace}/{revision}"


class Translator:
    """Asks about a fault once for each Ingress and VirtualService it applies to, not at every look; and makes hosts
    again only when what they are made of has changed."""

    def __init__(self, store: Store, faults: Faults, gateways: Callable[[], int] = lambda: 1) -> None:
        """`gateways`: how many there have been."""
        self._store = store
        self._faults = faults
        self._asked: dict[tuple[str, str, str], bool] = {}
        self._made: dict[tuple[str, str], tuple[tuple[object, ...], list[Host]]] = {}
        self._before = self._made
        self._first: dict[str, tuple[Obj, ...]] = {}
        self._gateways = gateways
        self._first_gateways: dict[str, int] = {}  # by namespace

    def hosts(self) -> list[Host]:
        """Of both gateways; the first to claim a host keeps it."""
        self._before, self._made = self._made, {}
        found: dict[tuple[str, str], Host] = {}
        for host in (*self._ingresses(), *self._services()):
            found.setdefault((host.gateway, host.name), host)
        inside = {name: host for (gateway, name), host in found.items() if gateway == LOCAL}
        for host in (*self._domain_mappings(inside), *self._virtual_services(inside)):
            found.setdefault((host.gateway, host.name), host)
        return list(found.values())

    def _kept(
        self, role: str, source: Obj, others: tuple[object, ...], make: Callable[[], Iterable[Host]]
    ) -> list[Host]:
        """`source`, a stored object, and `others` are what the hosts are made of."""
        key, parts = (role, source["metadata"]["uid"]), (source, *others)
        before, hosts = self._before.get(key, ((), []))
        same = len(before) == len(parts) and all(a is b for a, b in zip(before, parts, strict=True))
        self._made[key] = parts, hosts if same else list(make())
        return self._made[key][1]

    def _ingresses(self) -> Iterator[Host]:
        def made(ingress: Obj) -> Iterator[Host]:
            for rule in ingress["spec"]["rules"]:
                paths = rule["http"]["paths"]
                if "rewriteHost" in paths[0]:
                    continue
                routes = tuple(self._route(ingress, path) for path in paths)
                if self._fires("forged-headers-believed", ingress):  # F142
                    routes = spoiled.believing(routes)
                gateway = LOCAL if rule["visibility"] == "ClusterLocal" else PUBLIC
                for name in rule["hosts"]:
                    yield Host(gateway, name, routes, key_of(ingress), ingress["metadata"]["generation"])
                if names.is_local(ingress) and self._fires("component-visibility-leak", ingress):  # F319
                    yield Host(PUBLIC, f"{key_of(ingress).name}.{key_of(ingress).namespace}.{domain}", routes)

        domain = names.default_domain(self._store)
        for ingress in self._living(INGRESSES):
            yield from self._kept("ingress", ingress, (), partial(made, ingress))

    def _domain_mappings(self, inside: Mapping[str, Host]) -> Iterator[Host]:
        for ingress in self._living(INGRESSES):
            for rule in ingress["spec"]["rules"]:
                path = rule["http"]["paths"][0]
                target = path.get("rewriteHost")
                if target is None:
                    continue
                routes = _as_host(inside.get(target), target, path["splits"][0]["appendHeaders"])
                for name in rule["hosts"]:
                    yield Host(PUBLIC, name, routes, key_of(ingress), ingress["metadata"]["generation"])

    def protocol(self, endpoints: Obj) -> str:
        """That their revision is spoken to in: as Istio has it, by the name of the port."""
        ports = [port["name"] for subset in endpoints.get("subsets") or () for port in subset["ports"][:1]]
        if "http2" not in ports or self._faults.fires("grpc-as-http1", endpoints["metadata"]["namespace"]):  # F034
            return names.HTTP1
        return names.H2C

    def _living(self, resource: Resource) -> list[Obj]:
        return self._store.look(resource, where=lambda each: not is_terminating(each))

    def _route(self, ingress: Obj, path: Obj) -> Obj:
        route = resources.split(self._shares(ingress, path["splits"]))
        for name, wanted in (path.get("headers") or {}).items():
            route["match"].setdefault("headers", []).append(resources.header_is(name, wanted["exact"]))
        added = [resources.set_header(*each) for each in (path.get("appendHeaders") or {}).items()]
        return {**route, "request_headers_to_add": added}

    def _shares(self, ingress: Obj, splits: list[Obj]) -> list[tuple[str, int, dict[str, str]]]:
        shares = [
            (cluster_name(each["serviceNamespace"], each["serviceName"]), each["percent"], each["appendHeaders"])
            for each in splits
        ]
        if len(shares) > 1 and self._fires("canary-in-status-only", ingress):  # F068
            name, _, headers = min(shares)
            return [(name, 100, headers)]
        if len(shares) > 1 and self._fires("canary-inverted", ingress):  # F067
            turned = [percent for _, percent, _ in reversed(shares)]
            return [(name, percent, headers) for (name, _, headers), percent in zip(shares, turned, strict=True)]
        return shares

    def _virtual_services(self, inside: Mapping[str, Host]) -> Iterator[Host]:
        """KServe's: routes to the local gateway under a Knative Service's name, the first that matches. Each match
        names a gateway and, in a pattern, one of the hosts; those of one route agree on the path."""
        domain = names.default_domain(self._store)

        def made(service: Obj) -> Iterator[Host]:
            targets = tuple(route for each in service["spec"]["http"] for route in _targets(each, inside))
            if self._fires("namespace-ignored", service):  # F147
                targets = self._first.setdefault(service["metadata"]["name"], targets)
            if self._is_forgotten(service):
                targets = (resources.not_found(),)
            for knob, spoil in spoiled.KSERVE.items():
                if self._fires(knob, service):
                    targets = spoil(targets)
            for name in service["spec"]["hosts"]:
                gateway = LOCAL if name.endswith(names.CLUSTER_DOMAIN) else PUBLIC
                knob = "local-unreachable" if names.is_local(service) else "public-unreachable-inside"
                lost = gateway == LOCAL and self._fires(knob, service)  # F042, F178
                yield Host(gateway, name, (resources.not_found(),) if lost else targets)
            if names.is_local(service) and self._fires("visibility-leak", service):  # F041
                yield Host(PUBLIC, f"{key_of(service).name}.{key_of(service).namespace}.{domain}", targets)
            if self._fires("host-ignored", service):  # F037
                yield Host(PUBLIC, f"*.{service['metadata']['namespace']}.{domain}", targets)

        for service in self._living(VIRTUAL_SERVICES):
            behind = tuple(inside.get(_backend(each)) for each in service["spec"]["http"])
            yield from self._kept("virtual service", service, (*behind, self._gateways()), partial(made, service))

    def _is_forgotten(self, service: Obj) -> bool:
        """F363: a gateway that takes over has no routes of KServe's."""
        namespace, many = key_of(service).namespace, self._gateways()
        first = self._first_gateways.setdefault(namespace, many)
        return first != many and self._faults.fires("new-gateway-incomplete", namespace)

    def _services(self) -> Iterator[Host]:
        """Plain Services: under the hosts that Kubernetes Ingresses give them, and inside under their names."""
        for ingress in self._store.look(KUBE_INGRESSES):
            lost = self._fires("standard-unreachable", ingress)  # F220
            for host, service in kube_services.backends(ingress):
                yield Host(PUBLIC, host, (resources.not_found() if lost else _to(service.namespace, service.name),))
        for service in kube_services.routable(self._store):
            for host in names.local_hosts(service.name, service.namespace):
                yield Host(LOCAL, host, (_to(service.namespace, service.name),))

    def _fires(self, knob: str, obj: Obj) -> bool:
        meta = obj["metadata"]
        occasion = (knob, meta["uid"], str(meta["generation"]))
        if occasion not in self._asked:
            self._asked[occasion] = self._faults.fires(knob, meta["namespace"])
        return self._asked[occasion]


def _to(namespace: str, service: str) -> Obj:
    return resources.split([(cluster_name(namespace, service), 100, {})])


def _backend(route: Obj) -> str:
    return str(route["headers"]["request"]["set"]["Host"])


def _targets(route: Obj, inside: Mapping[str, Host]) -> tuple[Obj, ...]:
    headers = dict(route["headers"]["request"]["set"])
    host = headers.pop("Host")
    routes = _as_host(inside.get(host), host, headers)
    path = (route["match"][0].get("uri") or {}).get("regex")
    if path is None:
        return routes
    like = resources.path_like(path)
    return tuple({**each, "match": {"headers": each["match"].get("headers", []), **like}} for each in routes)


def _as_host(target: Host | None, host: str, headers: Mapping[str, str]) -> tuple[Obj, ...]:
    """What the local gateway would do with a request for that host, without the way through it: on a cluster the
    request leaves the gateway and comes in again, from the gateway's own address."""
    if target is None:
        return (resources.not_found(),)
    again = resources.forwarded_for("%DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT%")
    added = [again, *(resources.set_header(*each) for each in headers.items())]
    return tuple(
        {
            **route,
            "route": {**route["route"], "host_rewrite_literal": host},
            "request_headers_to_add": [*route.get("request_headers_to_add", ()), *added],
        }
        for route in target.routes
    )
