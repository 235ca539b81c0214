"""What Ingresses and VirtualServices say, as hosts of the two gateways."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import orjson

from kserve_conformance.embedded.apiserver.resources import INGRESSES, VIRTUAL_SERVICES
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.controllers import names
from kserve_conformance.embedded.dataplane import resources
from kserve_conformance.embedded.faults import Faults
from kserve_conformance.embedded.objects import Key, Obj, is_terminating, key_of

PUBLIC, LOCAL = "public", "local"
LOCAL_GATEWAY = "local-gateway"


@dataclass(frozen=True)
class Host:
    """One host name of one gateway. `ingress`, at that generation, is ready when its hosts are served; for KServe's
    VirtualServices nobody writes a status."""

    gateway: str
    name: str
    route: Obj
    ingress: Key | None = None
    generation: int = 0

    @property
    def digest(self) -> str:
        return hashlib.sha256(orjson.dumps(self.route)).hexdigest()[:16]

    def configuration(self) -> Obj:
        return resources.virtual_host(self.name, self.route, self.digest)


def cluster_name(namespace: str, revision: str) -> str:
    return f"{namespace}/{revision}"


class Translator:
    """Asks about a fault once for each Ingress and VirtualService it applies to, not at every look."""

    def __init__(self, store: Store, faults: Faults) -> None:
        self._store = store
        self._faults = faults
        self._asked: dict[tuple[str, str, str], bool] = {}

    def hosts(self) -> list[Host]:
        """Of both gateways; the first to claim a host keeps it."""
        found: dict[tuple[str, str], Host] = {}
        for host in (*self._ingresses(), *self._virtual_services()):
            found.setdefault((host.gateway, host.name), host)
        return list(found.values())

    def _ingresses(self) -> Iterator[Host]:
        for ingress in self._store.look(INGRESSES):
            if is_terminating(ingress):
                continue
            for rule in ingress["spec"]["rules"]:
                splits = rule["http"]["paths"][0]["splits"]
                route = resources.split(self._shares(ingress, splits))
                for name in rule["hosts"]:
                    gateway = LOCAL if rule["visibility"] == "ClusterLocal" else PUBLIC
                    yield Host(gateway, name, route, key_of(ingress), ingress["metadata"]["generation"])

    def _shares(self, ingress: Obj, splits: list[Obj]) -> list[tuple[str, int, dict[str, str]]]:
        shares = [
            (cluster_name(each["serviceNamespace"], each["serviceName"]), each["percent"], each["appendHeaders"])
            for each in splits
        ]
        if len(shares) > 1 and self._fires("canary-in-status-only", ingress):  # F068
            name, _, headers = min(shares)
            return [(name, 100, headers)]
        return shares

    def _virtual_services(self) -> Iterator[Host]:
        """KServe's: one route, to the local gateway under the Knative Service's name. Each match names a gateway and,
        in a pattern, one of the hosts."""
        domain = names.default_domain(self._store)
        for service in self._store.look(VIRTUAL_SERVICES):
            if is_terminating(service):
                continue
            [route] = service["spec"]["http"]
            headers = dict(route["headers"]["request"]["set"])
            target = resources.to_cluster(LOCAL_GATEWAY, host=headers.pop("Host"), headers=headers)
            for name in service["spec"]["hosts"]:
                yield Host(LOCAL if name.endswith(names.CLUSTER_DOMAIN) else PUBLIC, name, target)
            if self._fires("host-ignored", service):  # F037
                yield Host(PUBLIC, f"*.{service['metadata']['namespace']}.{domain}", target)

    def _fires(self, knob: str, obj: Obj) -> bool:
        meta = obj["metadata"]
        occasion = (knob, meta["uid"], str(meta["generation"]))
        if occasion not in self._asked:
            self._asked[occasion] = self._faults.fires(knob, meta["namespace"])
        return self._asked[occasion]
