from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kserve_conformance.embedded import admission, bootstrap
from kserve_conformance.embedded.apiserver.resources import INFERENCE_SERVICES, KNATIVE_SERVICES, NAMESPACES, Registry
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.controllers.inferenceservice import InferenceServiceReconciler
from kserve_conformance.embedded.faults import PREFIX, Faults
from kserve_conformance.embedded.objects import Key, Obj, annotations_of, copy_of
from kserve_conformance.embedded.settings import Settings
from kserve_conformance.embedded.stacks import STACKS, Stack

NAMESPACE = "team-a"


@dataclass
class Gateway:
    """A gateway that knows what it is told."""

    hosts: set[str] | None = None  # None: every host

    def serves(self, host: str) -> bool:
        return self.hosts is None or host in self.hosts


@dataclass
class World:
    """A freshly installed platform without its Knative side: tests say what Knative reports."""

    store: Store
    stack: Stack
    faults: Faults
    gateway: Gateway = field(default_factory=Gateway)

    def __post_init__(self) -> None:
        self.reconciler = InferenceServiceReconciler(self.store, self.stack, self.faults, self.gateway)

    def fault(self, knob: str, strength: str = "always") -> None:
        namespace = self.store.get(NAMESPACES, "", NAMESPACE)
        namespace["metadata"]["annotations"] = {PREFIX + knob: strength}
        self.store.update(NAMESPACES, namespace)

    def apply(self, isvc: Obj) -> Obj:
        """Creates it, or replaces specification and annotations, and reconciles until nothing changes."""
        name = isvc["metadata"]["name"]
        found = self.store.find(INFERENCE_SERVICES, NAMESPACE, name)
        if found is None:
            self.store.create(INFERENCE_SERVICES, isvc)
        else:
            found["spec"] = copy_of(isvc)["spec"]
            found["metadata"]["annotations"] = isvc["metadata"].get("annotations", {})
            self.store.update(INFERENCE_SERVICES, found)
        return self.settle(name)

    def settle(self, name: str = "iris") -> Obj:
        before = -1
        for _ in range(10):
            self.reconciler.reconcile(Key(NAMESPACE, name))
            if self.store.version == before:
                break
            before = self.store.version
        return self.store.get(INFERENCE_SERVICES, NAMESPACE, name)

    def ksvc(self, name: str = "iris") -> Obj:
        return self.store.get(KNATIVE_SERVICES, NAMESPACE, f"{name}-predictor{self.stack.component_ending}")

    def knative(self, name: str = "iris", *, ready: bool = True, because: str = "") -> Obj:
        """Knative has done its work for the specification as it is: revision `-0000<generation>`."""
        service = self.ksvc(name)
        meta, generation = service["metadata"], service["metadata"]["generation"]
        newest = f"{meta['name']}-{self._template_number(service):05d}"
        status = service.get("status", {})
        status["latestCreatedRevisionName"] = newest
        status["observedGeneration"] = generation
        if ready:
            status["latestReadyRevisionName"] = newest
            status["url"] = f"http://{meta['name']}.{NAMESPACE}.example.com"
            status["address"] = {"url": f"http://{meta['name']}.{NAMESPACE}.svc.cluster.local"}
            status["traffic"] = [
                {**each, "revisionName": each.get("revisionName") or newest} for each in service["spec"]["traffic"]
            ]
        value = "True" if ready else "False" if because else "Unknown"
        news = {"status": value, "lastTransitionTime": "2026-01-01T00:00:00Z"}
        if because:
            news |= {"reason": "RevisionFailed", "message": because}
        routes = {**news, "status": "True"} if status.get("traffic") else news
        status["conditions"] = [
            {"type": "ConfigurationsReady", **news},
            {"type": "Ready", **news},
            {"type": "RoutesReady", **routes},
        ]
        service["status"] = status
        self.store.update(KNATIVE_SERVICES, service, subresource="status")
        return self.settle(name)

    def _template_number(self, service: Obj) -> int:
        templates = self._templates.setdefault(service["metadata"]["uid"], [])
        if service["spec"]["template"] not in templates[-1:]:
            templates.append(service["spec"]["template"])
        return len(templates)

    _templates: dict[str, list[Obj]] = field(default_factory=dict)


def world(stack: str, run_dir: Path) -> World:
    store = Store(Registry())

    def annotations(namespace: str) -> dict[str, str]:
        found = store.find(NAMESPACES, "", namespace)
        return annotations_of(found) if found else {}

    faults = Faults(annotations)
    settings = Settings(run_dir=run_dir, stack=stack, api_port=1, gateway_port=2, block=3)
    admission.install(store, STACKS[stack], faults)
    bootstrap.create(store, settings, STACKS[stack])
    store.create(NAMESPACES, {"metadata": {"name": NAMESPACE}})
    return World(store, STACKS[stack], faults)


@pytest.fixture
def current(tmp_path: Path) -> World:
    return world("current", tmp_path)


@pytest.fixture
def tutorial(tmp_path: Path) -> World:
    return world("tutorial", tmp_path)


@pytest.fixture(params=sorted(STACKS))
def either(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    return world(request.param, tmp_path)


@pytest.fixture
def iris() -> Obj:
    model = {"modelFormat": {"name": "sklearn"}, "storageUri": "gs://bucket/model"}
    return {"metadata": {"name": "iris", "namespace": NAMESPACE}, "spec": {"predictor": {"model": model}}}
