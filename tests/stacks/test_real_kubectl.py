"""The driver with the real kubectl, against the embedded API server: applying applies, and waiting waits."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
import yaml

from kserve_conformance.embedded.apiserver.resources import DEPLOYMENTS, EVENTS, NAMESPACES, PODS
from kserve_conformance.embedded.objects import random_suffix
from kserve_conformance.stacks import steps
from kserve_conformance.stacks.driver import Driver, Patience
from kserve_conformance.stacks.steps import Stack, StackError
from tests.embedded_apiserver.serving import KUBECTL, Served, serve
from tests.stacks import strict_tools

ROOT = Path(__file__).resolve().parents[2]
NODE = "kindest/node:v1.33.4@sha256:" + "0" * 64

CRDS = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: images.example.dev, labels: {knative.dev/crd-install: "true"}}
spec:
  group: example.dev
  scope: Namespaced
  names: {plural: images, singular: image, kind: Image}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
"""
DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: controller, namespace: NAMESPACE}
spec:
  selector: {matchLabels: {app: controller}}
  template:
    metadata: {labels: {app: controller}}
    spec: {containers: [{name: manager, image: "example.dev/controller:1"}]}
"""
CORE = f"""
apiVersion: v1
kind: Namespace
metadata: {{name: NAMESPACE}}
---
{DEPLOYMENT}
---
apiVersion: example.dev/v1
kind: Image
metadata: {{name: queue-proxy, namespace: NAMESPACE}}
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: config-domain, namespace: NAMESPACE}}
---
apiVersion: v1
kind: Service
metadata: {{name: gateway, namespace: NAMESPACE}}
spec:
  type: LoadBalancer
  selector: {{app: controller}}
  ports: [{{name: status-port, port: 15021}}, {{name: http2, port: 80}}, {{name: https, port: 443}}]
"""
STEPS = """
- istioctl: {version: 1.16.0, args: [install, --set, profile=default, -y]}
- helm: {release: cert-manager, namespace: cert-manager, chart: cert-manager, repo: https://charts.example.dev,
    version: v1, set: {crds.enabled: "true"}, wait: true}
- apply: {url: https://example.dev/v1/crds.yaml, sha256: CRDS, server_side: true}
- wait: {for: condition=Established, what: [crd, -l, knative.dev/crd-install=true]}
- apply: {url: https://example.dev/v1/core.yaml, sha256: CORE}
- wait: {namespace: NAMESPACE, for: condition=Available, what: [deployment, --all]}
- kubectl: {args: [-n, NAMESPACE, patch, configmap/config-domain, --type, merge, -p, '{"data":{"example.com":""}}']}
- kubectl: {args: [-n, NAMESPACE, set, image, deployment/controller, "manager=example.dev/controller:2"]}
- rollout: {namespace: NAMESPACE, what: deployment/controller}
- kubectl: {args: [-n, NAMESPACE, apply, --dry-run=server], manifest: inferenceservices/sklearn-iris.yaml}
- expose: {namespace: NAMESPACE, service: gateway, node_port: 31080, address: 127.0.0.1:8080}
"""


waiting = pytest.mark.parametrize(
    "what",
    [
        "wait: {namespace: NAMESPACE, for: condition=Available, what: [deployment, --all]}",
        "rollout: {namespace: NAMESPACE, what: deployment/controller}",
    ],
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(tmp_path_factory.mktemp("apiserver")) as running:
        yield running


@dataclass
class World:
    """A machine with the tools, a download cache, and an API server that kind will claim to have made."""

    served: Served
    folder: Path
    namespace: str = field(default_factory=lambda: f"t-{random_suffix(8)}")

    def __post_init__(self) -> None:
        config = yaml.safe_load(self.served.settings.kubeconfig.read_text())
        config["contexts"][0]["name"] = config["current-context"] = "kind-kserve-conformance-tiny"
        self.ready = self.folder / "ready-kubeconfig"
        self.ready.write_text(yaml.safe_dump(config))
        self._tools()

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.pathsep.join([str(self.folder / "bin"), "/usr/bin", "/bin"]),
            "KUBECONFIG": str(self.folder / "kubeconfig"),
            "KUBECACHEDIR": str(self.folder / "kubecache"),
            "STAND_IN_KUBECONFIG": str(self.ready),
            "STAND_IN_CLUSTERS": str(self.folder / "clusters"),
            "STAND_IN_LOG": str(self.folder / "calls.jsonl"),
        }

    @property
    def calls(self) -> list[list[str]]:
        return [json.loads(line) for line in (self.folder / "calls.jsonl").read_text().splitlines()]

    def driver(self, text: str, **patience: float) -> Driver:
        cache = self.folder / "cache"
        cache.mkdir(exist_ok=True)
        for name, content in {"CRDS": CRDS, "CORE": CORE}.items():
            published = content.replace("NAMESPACE", self.namespace)
            digest = hashlib.sha256(published.encode()).hexdigest()
            (cache / f"{digest}.yaml").write_text(published)
            text = text.replace(f"sha256: {name}", f"sha256: {digest}")
        entries = yaml.safe_load(text.replace("NAMESPACE", self.namespace))
        versions = {"kind": "0.30.0", "kubernetes": "1.33.4"}
        path = self.folder / "tiny.yaml"
        path.write_text(yaml.safe_dump({"name": "tiny", "versions": versions, "node_image": NODE, "steps": entries}))
        stack: Stack = steps.load(path)
        patient = Patience(**{"ready": 10, "webhooks": 0, "between": 0.1, **patience})
        return Driver(stack, ROOT / "manifests", cache, lambda _: None, patience=patient, unreached=lambda _: "")

    def kubectl(self, *arguments: str) -> str:
        done = self.served.kubectl("-n", self.namespace, *arguments)
        assert done.returncode == 0, done.stderr
        return str(done.stdout)

    @contextmanager
    def pods_start(self, *, after: float) -> Iterator[None]:
        """As the controllers of a cluster do: in a while, and of whatever version is asked for by then."""
        done = threading.Event()

        def work() -> None:
            done.wait(after)
            while not done.wait(0.05):
                self.served.on_loop(self._start_pods)

        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def _start_pods(self) -> None:
        store = self.served.store
        obj = store.find(DEPLOYMENTS, self.namespace, "controller")
        if obj is None or obj["metadata"]["generation"] == (obj.get("status") or {}).get("observedGeneration"):
            return
        counts = dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), 1)
        available = {"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable", "message": "up"}
        status = {"observedGeneration": obj["metadata"]["generation"], **counts, "conditions": [available]}
        store.update(DEPLOYMENTS, {**obj, "status": status}, subresource="status")

    def _tools(self) -> None:
        tools = self.folder / "bin"
        tools.mkdir()
        script = f"#!{sys.executable}\n" + Path(strict_tools.__file__).read_text()
        for name in strict_tools.TOOLS:
            (tools / name).write_text(script)
            (tools / name).chmod(0o755)
        (tools / "kubectl").symlink_to(KUBECTL)


@pytest.fixture
def world(served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(served, tmp_path)
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    return made


def test_every_step_is_done_and_may_be_done_again(world):
    driver = world.driver(STEPS)
    with world.pods_start(after=0.5):
        driver.create()
        driver.create()  # everything is there already
    assert world.kubectl("get", "images.example.dev", "-o", "name").split() == ["image.example.dev/queue-proxy"]
    assert world.kubectl("get", "configmap", "config-domain", "-o", "jsonpath={.data}") == '{"example.com":""}'
    assert world.kubectl("get", "isvc", "-o", "name") == ""
    service = json.loads(world.kubectl("get", "service", "gateway", "-o", "json"))["spec"]
    assert service["type"] == "NodePort"
    assert {each["name"]: each.get("nodePort") for each in service["ports"]}["http2"] == 31080
    assert len(service["ports"]) == 3
    asked = [" ".join(each[:3]) for each in world.calls]
    assert asked.count("kind create cluster") == 1
    assert asked.count("kind export kubeconfig") == 1
    assert asked.count("helm upgrade --install") == 2


@waiting
@pytest.mark.usefixtures("defined")
def test_a_deployment_that_becomes_ready_is_waited_for(world, what):
    driver = world.driver("- apply: {url: https://example.dev/v1/core.yaml, sha256: CORE}\n- " + what)
    began = time.monotonic()
    with world.pods_start(after=1.5):
        driver.create()
    assert 1.5 <= time.monotonic() - began < 8


@waiting
@pytest.mark.usefixtures("defined")
def test_a_deployment_that_never_does_is_an_error_that_says_what_is_in_the_way(world, what):
    driver = world.driver("- apply: {url: https://example.dev/v1/core.yaml, sha256: CORE}\n- " + what, ready=1)
    _a_pod_whose_image_is_gone(world)
    with pytest.raises(StackError) as failure:
        driver.create()
    said = str(failure.value)
    assert said.startswith("step 3 of 3 failed: ")
    assert "timed out waiting" in said
    assert "controller-1   0/1     Pending" in said
    assert "Failed   Failed to pull image: toomanyrequests" in said
    assert f"see: kubectl --context kind-kserve-conformance-tiny -n {world.namespace} describe pods" in said
    assert "likely: Docker Hub limits anonymous pulls" in said


def test_a_definition_that_is_not_there_yet_is_asked_for_again(world):
    established = f"condition=Established, what: [crd/{world.namespace}s.example.dev]"
    driver = world.driver(f"- wait: {{for: {established}}}", webhooks=8)
    late = CRDS.replace("images", f"{world.namespace}s").replace("kind: Image", f"kind: Late{world.namespace[2:]}")
    late = late.replace("singular: image", f"singular: {world.namespace}")
    later = threading.Timer(1, lambda: world.served.kubectl("apply", "--server-side", "-f", "-", stdin=late))
    later.start()
    began = time.monotonic()
    driver.create()
    later.join()
    assert time.monotonic() - began >= 1


def test_a_definition_that_never_comes_is_an_error(world):
    driver = world.driver("- wait: {for: condition=Established, what: [crd/nothing.example.dev]}", webhooks=0.5)
    with pytest.raises(StackError, match=r'step 2 of 2 failed: wait Established(.|\n)*"nothing.example.dev" not found'):
        driver.create()


@pytest.fixture(scope="module")
def defined(served: Served) -> None:
    """The kind of the one custom object in core.yaml."""
    done = served.kubectl("apply", "--server-side", "-f", "-", stdin=CRDS)
    assert done.returncode == 0, done.stderr


def _a_pod_whose_image_is_gone(world: World) -> None:
    where = {"namespace": world.namespace}
    pod = {"metadata": {"name": "controller-1", **where}, "spec": {"containers": [{"name": "manager", "image": "x:1"}]}}
    event = {
        "metadata": {"name": "controller-1.1", **where},
        "involvedObject": {"kind": "Pod", "name": "controller-1", **where},
        "type": "Warning",
        "reason": "Failed",
        "message": "Failed to pull image: toomanyrequests",
    }
    store = world.served.store
    world.served.on_loop(lambda: store.create(NAMESPACES, {"metadata": {"name": world.namespace}}))
    for resource, obj in ((PODS, pod), (EVENTS, event)):
        world.served.on_loop(partial(store.create, resource, obj))
