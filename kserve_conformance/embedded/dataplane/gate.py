"""Who lets a request of an activator through, when, and where to.

The requests themselves, whatever their protocol, stay in the activator's Envoy: this end sees their headers, says which
pod takes one, and learns when it is over (serving pkg/activator/handler, pkg/activator/net/throttler.go).
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import grpc

from kserve_conformance.embedded.apiserver.resources import REVISIONS
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.controllers import names
from kserve_conformance.embedded.dataplane import processing
from kserve_conformance.embedded.dataplane.activator_resources import BACKEND, TIMED_OUT
from kserve_conformance.embedded.dataplane.backends import Backends, QueueFullError
from kserve_conformance.embedded.dataplane.held import Held
from kserve_conformance.embedded.faults import Faults
from kserve_conformance.embedded.objects import Key, Obj

NAMESPACE_HEADER, REVISION_HEADER = "knative-serving-namespace", "knative-serving-revision"
# What Envoy's router goes by: a limit of all of a response, and one of its first byte.
TOTAL, FIRST_BYTE = "x-envoy-upstream-rq-timeout-ms", "x-envoy-upstream-rq-per-try-timeout-ms"
DEFAULT_TIMEOUT = 300.0  # config-defaults revision-timeout-seconds
PLAIN = {"content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff"}  # Go's http.Error
# Of the queue proxy's clock, which has the same limit and starts later: here it is two processes that look at theirs.
AHEAD = 0.02
HELD_AT_MOST = 20  # with the fault cold-burst-lost


@dataclass(eq=False)
class Open:
    """A request that is not answered yet."""

    revision: Key
    task: asyncio.Task[Any]
    held: bool = True  # not passed on yet


class Gate:
    """`open` are the requests inside the activator; `held` tells the autoscaler of those that wait."""

    def __init__(self, store: Store, backends: Backends, faults: Faults, held: Held, *, timeout_is_total: bool) -> None:
        self._store = store
        self._backends = backends
        self._faults = faults
        self._held = held
        self._timeout_is_total = timeout_is_total
        self.open: set[Open] = set()
        self.seen = 0
        self.terminating = False

    async def start(self, host: str) -> int:
        """The port it listens on."""
        # gRPC would prepare itself for every process that is started from here; none of them uses it.
        os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "0"
        handler = grpc.stream_stream_rpc_method_handler(self._process)
        service = grpc.method_handlers_generic_handler(processing.SERVICE, {processing.METHOD: handler})
        self._server = grpc.aio.server(handlers=[service])
        port: int = self._server.add_insecure_port(f"{host}:0")
        await self._server.start()
        return port

    async def stop(self) -> None:
        await self._server.stop(grace=None)

    def drop(self, revisions_in: str, *, only_held: bool) -> None:
        """Everything of one namespace, or what waits for a pod: the activator answers 500."""
        for each in tuple(self.open):
            if each.revision.namespace == revisions_in and (each.held or not only_held):
                each.task.cancel()

    async def _process(self, messages: AsyncIterator[bytes], _: Any) -> AsyncIterator[bytes]:
        headers = processing.request_headers(await anext(messages))
        revision = _revision(headers)
        found = self._store.find(REVISIONS, revision.namespace, revision.name)
        self.seen += 1
        if found is None:
            why = f'Error getting active endpoint: revision.serving.knative.dev "{revision.name}" not found\n'
            yield processing.answer_at_once(404, why, PLAIN)
            return
        task = asyncio.current_task()
        assert task is not None
        opened = Open(revision, task)
        self.open.add(opened)
        try:
            async for each in self._let_through(opened, found["spec"], messages):
                yield each
        finally:
            self.open.discard(opened)
            self.seen += 1

    def _limits(self, spec: Obj) -> dict[str, float]:
        """Seconds from a request's arrival, by the header that tells Envoy."""
        timeout = float(spec.get("timeoutSeconds") or DEFAULT_TIMEOUT)
        first = float(spec.get("responseStartTimeoutSeconds") or timeout)
        return {TOTAL: timeout, FIRST_BYTE: first} if self._timeout_is_total else {FIRST_BYTE: min(timeout, first)}

    async def _let_through(self, opened: Open, spec: Obj, messages: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        revision = opened.revision
        cold = not self._backends.ready(revision)
        if cold and self._faults.fires("drop-first-cold-request", revision.namespace):  # F052
            yield processing.answer_at_once(503, "no healthy upstream", PLAIN)
            return
        if cold and len(self.open) > HELD_AT_MOST and self._faults.fires("cold-burst-lost", revision.namespace):  # F053
            yield processing.answer_at_once(503, "pending request queue full\n", PLAIN)
            return
        inside = any(not each.held and each.revision.namespace == revision.namespace for each in self.open)
        if cold and inside and self._faults.fires("second-cold-start-refused", revision.namespace):  # F394
            yield processing.answer_at_once(503, "no healthy upstream", PLAIN)
            return
        if self._backends.full(revision) and self._faults.fires("waiting-refused", revision.namespace):  # F154
            yield processing.answer_at_once(503, "pending request queue full\n", PLAIN)
            return
        if self.terminating and self._faults.fires("upgrade-drops-requests", revision.namespace):  # F092
            yield processing.answer_at_once(503, "no healthy upstream", PLAIN)
            return
        loop = asyncio.get_running_loop()
        arrived = loop.time()
        limits = self._limits(spec)
        endless = cold and self._faults.fires("cold-start-unlimited", revision.namespace)  # F359
        try:
            with self._held.one(revision, cold=cold):
                async with asyncio.timeout_at(None if endless else arrived + min(limits.values())):
                    address = await self._backends.take(revision)
            opened.held = False
            arrived = loop.time() if endless else arrived
        except TimeoutError:
            yield processing.answer_at_once(504, TIMED_OUT, {})
            return
        except QueueFullError as full:
            yield processing.answer_at_once(503, f"{full}\n", PLAIN)
            return
        try:
            spent = loop.time() - arrived
            left = {name: f"{max(1, 1000 * (limit - spent - AHEAD)):.0f}" for name, limit in limits.items()}
            target = f"{address}:{names.queue_port(names.protocol(spec))}"
            yield processing.pass_on({BACKEND: target, **left})
            async for _ in messages:
                yield processing.pass_trailers()
        finally:
            self._backends.give_back(revision, address)


def _revision(headers: dict[str, str]) -> Key:
    """By the headers that the ingress sets; without them by the host of its public Service (context_handler.go)."""
    if NAMESPACE_HEADER in headers and REVISION_HEADER in headers:
        return Key(headers[NAMESPACE_HEADER], headers[REVISION_HEADER])
    name, _, rest = headers.get(":authority", "").partition(".")
    namespace, _, domain = rest.partition(".")
    return Key(namespace, name if domain.partition(":")[0] == names.CLUSTER_DOMAIN else "")
