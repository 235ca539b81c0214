"""Queue proxies: one listener for each Knative pod, between whoever calls and its model server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kserve_conformance.embedded.apiserver.resources import PODS
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.controllers import names
from kserve_conformance.embedded.dataplane import resources
from kserve_conformance.embedded.objects import Key, Obj, key_of

QUEUED_PER_SLOT = 10  # serving pkg/queue/sharedmain buildBreaker: queue depth is ten times the concurrency


@dataclass(frozen=True)
class QueueProxy:
    """What a pod says about its own."""

    pod: Key
    uid: str
    revision: Key
    address: str
    user_port: int
    limit: int  # requests inside the model server at once; 0 is no limit
    timeout: float  # seconds for one request

    @property
    def name(self) -> str:
        """In Envoy's statistics, where dots and slashes would divide it."""
        return f"queue_{self.uid}"

    def listener(self) -> Obj:
        routes = {"route_config": resources.everything_to(self.name, timeout=f"{self.timeout:g}s")}
        return resources.listener(self.name, self.address, names.QUEUE_PORT, stat_prefix=self.name, routes=routes)

    def cluster(self) -> Obj:
        return resources.model_server_cluster(
            self.name, self.address, self.user_port, at_once=self.limit, queued=QUEUED_PER_SLOT * self.limit
        )


def running(store: Store) -> Iterator[QueueProxy]:
    """Of every pod that has an address. A terminating pod keeps its own until the kubelet has taken it away."""
    for pod in store.look(PODS):
        address = (pod.get("status") or {}).get("podIP")
        container = next((each for each in pod["spec"]["containers"] if each["name"] == "queue-proxy"), None)
        if address and container is not None:
            yield _of(pod, container, address)


def _of(pod: Obj, container: Obj, address: str) -> QueueProxy:
    env = {each["name"]: each.get("value", "") for each in container.get("env") or ()}
    return QueueProxy(
        pod=key_of(pod),
        uid=pod["metadata"]["uid"],
        revision=Key(env["SERVING_NAMESPACE"], env["SERVING_REVISION"]),
        address=address,
        user_port=int(env["USER_PORT"]),
        limit=int(env["CONTAINER_CONCURRENCY"]),
        timeout=float(env["REVISION_TIMEOUT_SECONDS"]),
    )
