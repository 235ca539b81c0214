"""Installs a stack into a Kind cluster of its own. Every step can be repeated, so a failed run is simply run again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, singledispatchmethod
from pathlib import Path

from kserve_conformance.stacks import download, tools
from kserve_conformance.stacks.steps import (
    Apply,
    Clone,
    Expose,
    Helm,
    Istioctl,
    Kubectl,
    Stack,
    StackError,
    Step,
    Wait,
)

# Knative's webhooks refuse calls for some seconds after their Deployment says Available (serving issue threads,
# kserve#3288); a repeated apply or patch is harmless.
WEBHOOK_PATIENCE = 120.0
WEBHOOK_PAUSE = 3.0


@dataclass(frozen=True)
class Driver:
    """One stack, one cluster named after it, progress to whoever wants to print it."""

    stack: Stack
    kind_config: Path
    cache: Path
    say: Callable[[str], None]
    pause: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    @property
    def tools(self) -> tools.Tools:
        return tools.Tools(f"kserve-conformance-{self.stack.name}")

    def create(self) -> None:
        """Raises StackError at the first step that fails; running it again goes on from there."""
        istio = ("istioctl",) if any(isinstance(each, Istioctl) for each in self.stack.steps) else ()
        git = ("git",) if any(isinstance(each, Clone) for each in self.stack.steps) else ()
        tools.require("docker", "kind", "kubectl", "helm", *istio, *git)
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
        try:
            action()
        except StackError as error:
            raise StackError(f"step {number} of {total} failed: {title}\n  {error}") from None
        self.say(f"{number:3d}/{total}  {title:<58} {self.clock() - start:5.0f} s")

    def _cluster(self) -> None:
        if self.tools.cluster in self.tools.clusters():
            return
        wanted, found = self.stack.versions["kind"], self.tools.kind_version()
        if wanted != found:
            self.say(f"        kind is {found}; this node image was made for {wanted} (other versions may not load it)")
        self.tools.create_cluster(image=self.stack.node_image, config=self.kind_config)

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
        )

    @_do.register
    def _apply(self, step: Apply) -> None:
        manifest = download.fetch(step.url, sha256=step.sha256, cache=self.cache)
        side = ["--server-side", "--force-conflicts"] if step.server_side else []
        self._patiently(lambda: self.tools.kubectl("apply", *side, "-f", str(manifest)))

    @_do.register
    def _kubectl(self, step: Kubectl) -> None:
        self._patiently(lambda: self.tools.kubectl(*step.args))

    @_do.register
    def _wait(self, step: Wait) -> None:
        space = ["-n", step.namespace] if step.namespace else []
        self._patiently(
            lambda: self.tools.kubectl(*space, "wait", f"--for={step.condition}", f"--timeout={tools.WAIT}", *step.what)
        )

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

    def _patiently(self, call: Callable[[], str]) -> None:
        deadline = self.clock() + WEBHOOK_PATIENCE
        while True:
            try:
                call()
                return
            except StackError:
                if self.clock() >= deadline:
                    raise
            self.pause(WEBHOOK_PAUSE)


def _title(step: Step) -> str:
    match step:
        case Istioctl():
            return f"istioctl {' '.join(step.args[:1])} ({step.version})"
        case Helm():
            return f"helm {step.release} {step.version}".rstrip()
        case Apply():
            return f"apply {step.url.rsplit('/', 2)[-2]}/{step.url.rsplit('/', 1)[-1]}"
        case Kubectl():
            return f"kubectl {' '.join(each for each in step.args if not each.startswith('{'))}"[:58]
        case Wait():
            return f"wait {step.condition.removeprefix('condition=')}: {' '.join(step.what)}"[:58]
        case Clone():
            return f"clone {step.url.rsplit('/', 1)[-1]} {step.ref}"
        case Expose():
            return f"expose {step.service} on node port {step.node_port}"
