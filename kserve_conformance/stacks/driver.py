"""Installs a stack into a Kind cluster of its own. Every step can be repeated, so a failed run is simply run again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial, singledispatchmethod
from pathlib import Path

from kserve_conformance.stacks import advice, download, reach, tools
from kserve_conformance.stacks.steps import (
    Apply,
    Clone,
    Expose,
    Helm,
    Istioctl,
    Kubectl,
    Rollout,
    Stack,
    StackError,
    Step,
    Wait,
)


@dataclass(frozen=True)
class Patience:
    """Seconds. Webhooks refuse calls for a while after their Deployment says Available (serving issue threads,
    kserve#3288), so what they may refuse is asked again; a repeated apply or patch is harmless."""

    ready: float = 300.0
    webhooks: float = 120.0
    between: float = 3.0


@dataclass(frozen=True)
class Driver:
    """One stack, one cluster named after it. `show` gets text as it comes, lines ended by itself."""

    stack: Stack
    manifests: Path
    cache: Path
    show: Callable[[str], None]
    patience: Patience = field(default_factory=Patience)
    pause: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    unreached: Callable[[str], str] = reach.unreached

    @property
    def tools(self) -> tools.Tools:
        return tools.Tools(f"kserve-conformance-{self.stack.name}")

    def create(self) -> None:
        """Raises StackError at the first step that fails; running it again goes on from there."""
        istio = ("istioctl",) if any(isinstance(each, Istioctl) for each in self.stack.steps) else ()
        git = ("git",) if any(isinstance(each, Clone) for each in self.stack.steps) else ()
        tools.require("docker", "kind", "kubectl", "helm", *istio, *git)
        wanted, found = self.stack.versions["kind"], self.tools.kind_version()
        if wanted != found:
            self.show(f"kind is {found}; the node image was made for {wanted}, other versions may not load it\n")
        total = len(self.stack.steps) + 1
        self._timed(1, total, f"Kind cluster {self.tools.cluster}", self._cluster)
        for number, step in enumerate(self.stack.steps, start=2):
            self._timed(number, total, _title(step), partial(self._do, step))

    def delete(self) -> bool:
        """Whether there was such a cluster."""
        tools.require("docker", "kind")
        if self.tools.cluster not in self.tools.clusters():
            return False
        self.tools.delete_cluster()
        return True

    def _timed(self, number: int, total: int, title: str, action: Callable[[], None]) -> None:
        start = self.clock()
        self.show(f"{number:3d}/{total}  {title:<58}")
        try:
            action()
        except StackError as error:
            self.show("  failed\n")
            cause = advice.likely(str(error), delete=f"make cluster-delete STACK={self.stack.name}")
            likely = f"\n  likely: {cause}" if cause else ""
            raise StackError(f"step {number} of {total} failed: {title}\n  {error}{likely}") from None
        self.show(f" {self.clock() - start:5.0f} s\n")

    def _cluster(self) -> None:
        """Made, or found whole and of the right version: a run may have been killed while kind was at work."""
        if self.tools.cluster not in self.tools.clusters():
            self.tools.create_cluster(image=self.stack.node_image, config=self.manifests / "kind/cluster.yaml")
            return
        again = f"start over: make cluster-delete STACK={self.stack.name}"
        try:
            self.tools.export_kubeconfig()
            found = self.tools.kubernetes_version()
        except StackError as error:
            raise StackError(f"the cluster is there but does not answer; {again}\n  {error}") from None
        if found != self.stack.versions["kubernetes"]:
            raise StackError(
                f"the cluster runs Kubernetes {found}, this stack {self.stack.versions['kubernetes']}; {again}"
            )

    @singledispatchmethod
    def _do(self, step: Step) -> None:
        raise NotImplementedError(type(step).__name__)

    @_do.register
    def _istioctl(self, step: Istioctl) -> None:
        found = self.tools.istioctl_version()
        if found != step.version:
            raise StackError(f"istioctl {step.version} is needed, this is {found}")
        self.tools.istioctl(step.args)

    @_do.register
    def _helm(self, step: Helm) -> None:
        # A chart with a path in it comes from a clone of an earlier step.
        chart = str(self.cache / step.chart) if "/" in step.chart and "://" not in step.chart else step.chart
        self.tools.helm_install(
            step.release,
            chart,
            namespace=step.namespace,
            repo=step.repo,
            version=step.version,
            values=step.set,
            wait=step.wait,
            within=self.patience.ready,
        )

    @_do.register
    def _apply(self, step: Apply) -> None:
        manifest = download.fetch(step.url, sha256=step.sha256, cache=self.cache, pause=self.pause)
        side = ["--server-side", "--force-conflicts"] if step.server_side else []
        self._patiently(lambda: self.tools.kubectl("apply", *side, "-f", str(manifest)))

    @_do.register
    def _kubectl(self, step: Kubectl) -> None:
        file = ["-f", str(self.manifests / step.manifest)] if step.manifest else []
        self._patiently(lambda: self.tools.kubectl(*step.args, *file))

    @_do.register
    def _wait(self, step: Wait) -> None:
        self._ready(step.namespace, ["wait", f"--for={step.condition}", *step.what])

    @_do.register
    def _rollout(self, step: Rollout) -> None:
        self._ready(step.namespace, ["rollout", "status", step.what])

    @_do.register
    def _clone(self, step: Clone) -> None:
        into = self.cache / step.url.rsplit("/", 1)[-1].removesuffix(".git")
        found = self.tools.clone(step.url, ref=step.ref, into=into)
        if found != step.commit:
            raise StackError(
                f"{into} is at {found}\n  pinned is {step.ref} at {step.commit}; remove the folder and run again"
            )

    @_do.register
    def _expose(self, step: Expose) -> None:
        port = {"name": "http2", "port": 80, "nodePort": step.node_port}
        patch = json.dumps({"spec": {"type": "NodePort", "ports": [port]}})
        self.tools.kubectl("-n", step.namespace, "patch", f"service/{step.service}", "-p", patch)
        self._patiently(lambda: self._answering(step.address))

    def _answering(self, address: str) -> None:
        if reason := self.unreached(address):
            raise StackError(
                f"the gateway does not answer on {address}: {reason}\n"
                "  the cluster may have been made without that port; "
                f"see: docker port {self.tools.cluster}-control-plane"
            )

    def _ready(self, namespace: str, args: list[str]) -> None:
        space = ["-n", namespace] if namespace else []
        try:
            self._patiently(lambda: self.tools.kubectl(*space, *args, f"--timeout={self.patience.ready:.0f}s"))
        except StackError as error:
            raise StackError("\n  ".join([str(error), *self._seen(space)])) from None

    def _seen(self, space: list[str]) -> list[str]:
        """What is in the way is mostly said by the pods' events, so the user need not look for it."""
        if not space:
            return []
        last = ["-o", "custom-columns=OBJECT:.involvedObject.name,REASON:.reason,SAYS:.message", "--no-headers"]
        try:
            pods = self.tools.kubectl(*space, "get", "pods").splitlines()
            events = self.tools.kubectl(*space, "get", "events", "--field-selector=type=Warning", *last).splitlines()
        except StackError:
            return []
        look = f"kubectl --context {self.tools.context} {' '.join(space)} describe pods"
        return [*(pods or ["there are no pods"]), *dict.fromkeys(events[-tools.SHOWN_LINES :]), f"see: {look}"]

    def _patiently(self, call: Callable[[], object]) -> None:
        deadline = self.clock() + self.patience.webhooks
        while True:
            try:
                call()
                return
            except StackError:
                if self.clock() >= deadline:
                    raise
            self.pause(self.patience.between)


def _title(step: Step) -> str:
    match step:
        case Istioctl():
            return f"istioctl {' '.join(step.args[:1])} ({step.version})"
        case Helm():
            return f"helm {step.release} {step.version}".rstrip()
        case Apply():
            return f"apply {step.url.rsplit('/', 2)[-2]}/{step.url.rsplit('/', 1)[-1]}"
        case Kubectl():
            shown = [each for each in step.args if not each.startswith("{")]
            return f"kubectl {' '.join([*shown, step.manifest])}".rstrip()[:58]
        case Wait():
            return f"wait {step.condition.removeprefix('condition=')}: {' '.join(step.what)}"[:58]
        case Rollout():
            return f"rollout of {step.what}"
        case Clone():
            return f"clone {step.url.rsplit('/', 1)[-1]} {step.ref}"
        case Expose():
            return f"expose {step.service} on {step.address}"
