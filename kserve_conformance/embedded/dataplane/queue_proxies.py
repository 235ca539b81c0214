"""Queue proxies: one listener for each Knative pod, between whoever calls and its model server (serving pkg/queue)."""

from __future__ import annotations

import asyncio
import logging
import re
from dataclasses import dataclass, replace

import aiohttp

from kserve_conformance.embedded.apiserver.resources import PODS
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.controllers import names
from kserve_conformance.embedded.controllers.revision_deployment import DEFAULT_PORT
from kserve_conformance.embedded.dataplane import queue_resources
from kserve_conformance.embedded.dataplane.envoy import Envoy
from kserve_conformance.embedded.dataplane.resources import UNLIMITED
from kserve_conformance.embedded.dataplane.xds import Files
from kserve_conformance.embedded.faults import Faults
from kserve_conformance.embedded.objects import Key, Obj, key_of

PREDICTOR = re.compile(r"--predictor_host=localhost:(\d+)")

log = logging.getLogger(__name__)

LOOK_EVERY, TAKEN_IN_WITHIN = 0.005, 5.0
QUEUED_PER_SLOT = 10  # buildBreaker: queue depth is ten times the concurrency


@dataclass(frozen=True)
class QueueProxy:
    """What a pod says about its own. Seconds; 0 is no limit."""

    pod: Key
    uid: str
    revision: Key
    address: str
    port: int
    user_port: int
    limit: int  # requests inside the model server at once
    queue: int  # that wait for their turn
    timeout: float
    response_start_timeout: float
    idle_timeout: float
    predictor_port: int = 0  # of the container that one in the same pod, which serves, passes requests on to
    whole_answers: bool = False

    @property
    def name(self) -> str:
        """In Envoy's statistics, where dots and slashes would divide it."""
        return f"queue_{self.uid}"


class QueueProxies:
    """All of the node's, in one Envoy. `timeout_is_total`: the timeout limits all of a response, not its first byte."""

    def __init__(self, store: Store, files: Files, envoy: Envoy, faults: Faults, *, timeout_is_total: bool) -> None:
        self._store = store
        self._faults = faults
        self._files = files
        self._envoy = envoy
        self._timeout_is_total = timeout_is_total
        self.proxies: dict[str, QueueProxy] = {}
        self._read: dict[str, tuple[Obj, QueueProxy | None]] = {}  # Pods by uid, and what they say
        self._resources: dict[str, tuple[Obj, Obj]] = {}  # listener and cluster, by the proxy's name
        self._some = asyncio.Event()

    async def run(self) -> None:
        """Until cancelled."""
        watch = self._store.watch(PODS)
        try:
            async for _ in watch:
                await self.write()
        finally:
            watch.close()

    async def some(self) -> None:
        """Returns when there is one."""
        await self._some.wait()

    async def write(self) -> None:
        """Everything as the pods have it now.

        A pod is ready when its listener answers a probe: so its cluster comes first, without which it would answer 503.
        """
        found = {each.name: self.proxies.get(each.name) or self._spoiled(each) for each in self._running()}
        if found == self.proxies:
            return
        self.proxies = found
        if found:
            self._some.set()
        else:
            self._some.clear()
        self._resources = {name: self._resources.get(name) or self._made(each) for name, each in found.items()}
        version = self._files.write("cds", [cluster for _, cluster in self._resources.values()])
        await self._taken_in(version)
        self._files.write("lds", [listener for listener, _ in self._resources.values()])

    async def _taken_in(self, version: int) -> None:
        try:
            async with asyncio.timeout(TAKEN_IN_WITHIN):
                while not await self._envoy.has_clusters_of(version):
                    await asyncio.sleep(LOOK_EVERY)
        except (TimeoutError, aiohttp.ClientError) as error:
            log.info("the queue proxies' Envoy does not take in its clusters: %s", error)

    def _made(self, proxy: QueueProxy) -> tuple[Obj, Obj]:
        return queue_resources.listener(proxy, total=self._timeout_is_total), queue_resources.model_server(proxy)

    def _running(self) -> list[QueueProxy]:
        """Of every pod that has an address. A terminating pod keeps its own until the kubelet has taken it away."""
        before, self._read = self._read, {}
        for pod in self._store.look(PODS):
            uid = pod["metadata"]["uid"]
            known, proxy = before.get(uid, (None, None))
            self._read[uid] = pod, proxy if known is pod else _proxy_of(pod)
        return [proxy for _, proxy in self._read.values() if proxy is not None]

    def _spoiled(self, proxy: QueueProxy) -> QueueProxy:
        namespace = proxy.pod.namespace
        if proxy.limit and self._faults.fires("concurrency-not-enforced", namespace):  # F062
            proxy = replace(proxy, limit=0)
        if proxy.limit and self._faults.fires("queue-without-end", namespace):  # F244
            proxy = replace(proxy, queue=UNLIMITED)
        if proxy.user_port != DEFAULT_PORT and self._faults.fires("declared-port-ignored", namespace):  # F334
            proxy = replace(proxy, user_port=DEFAULT_PORT)
        if proxy.predictor_port and self._faults.fires("collocated-transformer-bypassed", namespace):  # F330
            proxy = replace(proxy, user_port=proxy.predictor_port)
        if self._faults.fires("answers-kept-whole", namespace):  # F317
            proxy = replace(proxy, whole_answers=True)
        return proxy


def _proxy_of(pod: Obj) -> QueueProxy | None:
    address = (pod.get("status") or {}).get("podIP")
    container = next((each for each in pod["spec"]["containers"] if each["name"] == "queue-proxy"), None)
    return _of(pod, container, address) if address and container is not None else None


def _of(pod: Obj, container: Obj, address: str) -> QueueProxy:
    env = {each["name"]: each.get("value", "") for each in container.get("env") or ()}
    return QueueProxy(
        pod=key_of(pod),
        uid=pod["metadata"]["uid"],
        revision=Key(env["SERVING_NAMESPACE"], env["SERVING_REVISION"]),
        address=address,
        port=int(env.get("QUEUE_SERVING_PORT", names.QUEUE_PORT)),
        user_port=int(env["USER_PORT"]),
        limit=int(env["CONTAINER_CONCURRENCY"]),
        queue=QUEUED_PER_SLOT * int(env["CONTAINER_CONCURRENCY"]),
        timeout=float(env["REVISION_TIMEOUT_SECONDS"]),
        response_start_timeout=float(env.get("REVISION_RESPONSE_START_TIMEOUT_SECONDS", 0)),
        idle_timeout=float(env.get("REVISION_IDLE_TIMEOUT_SECONDS", 0)),
        predictor_port=_predictor_port(pod),
    )


def _predictor_port(pod: Obj) -> int:
    """As a transformer in the pod is told it; 0 where there is none."""
    arguments = (text for each in pod["spec"]["containers"] for text in each.get("args") or ())
    found = (PREDICTOR.fullmatch(text) for text in arguments)
    return next((int(match[1]) for match in found if match), 0)
