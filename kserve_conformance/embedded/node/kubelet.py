"""The kubelet: runs the pods bound to the node, reports how they are, and takes away those that have ended."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from pathlib import Path

from kserve_conformance.embedded.apiserver.resources import PODS
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.apiserver.streaming.commands import Command, CommandError
from kserve_conformance.embedded.events import Recorder
from kserve_conformance.embedded.faults import Faults
from kserve_conformance.embedded.metrics import InFlight, Usage
from kserve_conformance.embedded.node.addresses import pod_addresses
from kserve_conformance.embedded.node.claims import folder_of
from kserve_conformance.embedded.node.configuration import Configuration
from kserve_conformance.embedded.node.container import Container
from kserve_conformance.embedded.node.images import Images
from kserve_conformance.embedded.node.log_times import LogTimes
from kserve_conformance.embedded.node.pod import RunningPod
from kserve_conformance.embedded.objects import Key, Obj, is_terminating, key_of, set_condition
from kserve_conformance.embedded.settings import Settings

log = logging.getLogger(__name__)


class Kubelet:
    """Level triggered by the pods in the store. It is also the API server's reader of logs."""

    def __init__(self, store: Store, settings: Settings, images: Images, faults: Faults, in_flight: InFlight) -> None:
        self._store = store
        self._faults = faults
        self._settings = settings
        self._images = images
        self._in_flight = in_flight
        self.log_times = LogTimes()
        self._events = Recorder(store, "kubelet")
        self._addresses = pod_addresses(settings.block)
        self._pods: dict[str, RunningPod] = {}  # by uid
        self._uids: dict[Key, str] = {}

    async def run(self) -> None:
        """Until cancelled, which kills every pod."""
        self.log_times.start()
        watch = self._store.watch(PODS)
        try:
            async with asyncio.TaskGroup() as tasks:
                async for event in watch:
                    self._see(event.obj, tasks, gone=event.type == "DELETED")
        finally:
            watch.close()
            self.log_times.stop()

    def path(self, namespace: str, pod: str, container: str, previous: bool) -> Path | None:
        found = self._container(namespace, pod, container)
        if found is None or (previous and not found.restarts):
            return None
        return found.log(previous=previous)

    def finished(self, namespace: str, pod: str, container: str) -> bool:
        found = self._container(namespace, pod, container)
        return found is None or not found.running

    def usage(self, pod: Key) -> Usage | None:
        """What a running pod's processes use together."""
        running = self._pods.get(self._uids.get(pod, ""))
        return running.usage() if running else None

    def refusal(self, namespace: str, pod: str, container: str) -> str:
        found = self._container(namespace, pod, container)
        if found is None or not found.running:
            return f'container not found ("{container}")'
        if found.surroundings() is None:
            return f'container "{container}" is a part of the platform\'s own process: no command can be run in it'
        return ""

    async def execute(self, namespace: str, pod: str, container: str, command: Command) -> int:
        found = self._container(namespace, pod, container)
        surroundings = found.surroundings() if found else None
        if surroundings is None:
            raise CommandError(f'container not found ("{container}")')
        return await surroundings.execute(command)

    def _container(self, namespace: str, pod: str, container: str) -> Container | None:
        running = self._pods.get(self._uids.get(Key(namespace, pod), ""))
        return running.container(container) if running else None

    def _see(self, pod: Obj, tasks: asyncio.TaskGroup, *, gone: bool) -> None:
        uid = pod["metadata"]["uid"]
        running = self._pods.get(uid)
        if running is not None:
            if gone:
                running.stop(0)
            elif is_terminating(pod):
                running.stop(pod["metadata"].get("deletionGracePeriodSeconds", 0))
        elif not gone and pod["spec"].get("nodeName"):
            if is_terminating(pod):
                self._remove(pod)
            else:
                self._start(pod, tasks)

    def _start(self, pod: Obj, tasks: asyncio.TaskGroup) -> None:
        uid, key = pod["metadata"]["uid"], key_of(pod)
        address, folder = next(self._addresses), self._settings.run_dir / "pods" / uid
        running = RunningPod(
            pod,
            address,
            folder,
            images=self._images,
            configuration=Configuration(
                pod,
                address,
                folder / "volumes",
                find=self._store.find,
                claim=partial(folder_of, self._store.find),
            ),
            faults=self._faults,
            in_flight=self._in_flight,
            events=self._events,
            delays=self._settings.delays,
            log_times=self.log_times,
            report=lambda status: self._report(key, uid, status),
        )
        self._pods[uid], self._uids[key] = running, uid
        tasks.create_task(self._run(pod, running))

    async def _run(self, pod: Obj, running: RunningPod) -> None:
        try:
            await running.run()
        except Exception:
            log.exception("pod %s", key_of(pod))
        finally:
            del self._pods[pod["metadata"]["uid"]]
            self.log_times.forget(self._settings.run_dir / "pods" / pod["metadata"]["uid"])
            if self._uids.get(key_of(pod)) == pod["metadata"]["uid"]:
                del self._uids[key_of(pod)]
        self._remove(pod)

    def _remove(self, pod: Obj) -> None:
        """The second delete, which takes the object away (kubernetes pkg/kubelet/status)."""
        key = key_of(pod)
        found = self._store.find(PODS, key.namespace, key.name)
        if found is not None and found["metadata"]["uid"] == pod["metadata"]["uid"]:
            self._store.delete(PODS, key.namespace, key.name, grace_seconds=0)

    def _report(self, key: Key, uid: str, status: Obj) -> None:
        found = self._store.find(PODS, key.namespace, key.name)
        if found is None or found["metadata"]["uid"] != uid:
            return
        before = found.get("status") or {}
        conditions = before.get("conditions") or []
        for each in status["conditions"]:
            why = {"reason": each.get("reason", ""), "message": each.get("message", "")}
            set_condition(conditions, each["type"], each["status"], **why)
        found["status"] = {**before, **status, "conditions": conditions}
        self._store.update(PODS, found, subresource="status")
