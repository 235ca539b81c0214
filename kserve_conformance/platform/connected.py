"""A platform as the suites ask it: components, configuration, kinds, runtimes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from kserve_conformance.kube import kinds
from kserve_conformance.kube.client import Client, Obj
from kserve_conformance.kube.objects import condition, name_of, said
from kserve_conformance.kube.waiting import eventually
from kserve_conformance.model import Timings, Versions
from kserve_conformance.platform import configured, detection
from kserve_conformance.platform.ingress import Ingress, find_ingress

KNATIVE = "knative-serving"


@dataclass(frozen=True)
class Component:
    """One Deployment of the platform."""

    name: str
    namespace: str
    available: bool
    said: str

    @classmethod
    def of(cls, deployment: Obj) -> Component:
        """One that nobody wants a pod of says Available, too (kubernetes pkg/controller/deployment/util)."""
        pods = (deployment.get("status") or {}).get("availableReplicas") or 0
        return cls(
            name=name_of(deployment),
            namespace=deployment["metadata"]["namespace"],
            available=condition(deployment, "Available").get("status") == "True" and pods > 0,
            said=f"{said(deployment, 'Available')}, {pods} pods",
        )


@dataclass(frozen=True)
class Rollout:
    """A restart under way."""

    name: str
    look: Callable[[], Obj | None]

    def finish(self, *, within: float) -> None:
        """Every pod is a new one and available (kubectl rollout status). Raises BrokenPromise after `within` s."""
        eventually(f"deployment {self.name} to be rolled out", self.look, until=_rolled_out, within=within)


class Platform:
    """One connection, safe to share between threads. Everything is read when first asked and then remembered."""

    def __init__(self, kubeconfig: str, context: str) -> None:
        self.client = Client(kubeconfig, context)

    @cached_property
    def versions(self) -> Versions:
        return detection.versions(self.client)

    @cached_property
    def timings(self) -> Timings:
        return configured.timings(self.config_map("config-autoscaler", namespace=KNATIVE))

    @cached_property
    def domain(self) -> str:
        domains = self.config_map("config-domain", namespace=KNATIVE)
        return configured.default_domain(domains, knative=self.versions.knative)

    @cached_property
    def ingress(self) -> Ingress:
        """Raises LookupError when no gateway that can be reached from here is found."""
        return find_ingress(self.client)

    def config_map(self, name: str, *, namespace: str) -> Mapping[str, str]:
        """Its data, without the block of examples; empty when there is none."""
        found = self.client.get(kinds.CONFIG_MAP, name, namespace) or {}
        data: dict[str, str] = found.get("data") or {}
        return {key: value for key, value in data.items() if key != "_example"}

    def kserve_config(self, key: str) -> dict[str, Any]:
        """One of the documents of inferenceservice-config; empty when there is none of that name."""
        document: dict[str, Any] = json.loads(
            self.config_map("inferenceservice-config", namespace="kserve").get(key, "{}")
        )
        return document

    def deployments(self, *names: str, namespace: str = "") -> list[Component]:
        """Those of these names, in one namespace or in all."""
        return [Component.of(each) for each in self.client.list(kinds.DEPLOYMENT, namespace) if name_of(each) in names]

    def served_kinds(self, group: str) -> set[str]:
        """Of every version of an API group; empty when there is no such group."""
        return detection.served_kinds(self.client, group)

    def failure_policies(self, name: str) -> dict[str, str]:
        """Of a configuration of mutating webhooks: by webhook; empty when there is none of that name."""
        found = self.client.get(kinds.MUTATING_WEBHOOKS, name) or {}
        return {str(each["name"]): str(each.get("failurePolicy", "")) for each in found.get("webhooks") or ()}

    def runtimes_for(self, model_format: str) -> list[str]:
        """Enabled ClusterServingRuntimes that select themselves for this format."""
        return [name_of(each) for each in detection.selectable(self.client, model_format)]

    def restart(self, name: str, *, namespace: str) -> Rollout:
        """As `kubectl rollout restart` does it."""
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        template = {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": stamp}}}
        self.client.patch(kinds.DEPLOYMENT, name, namespace, {"spec": {"template": template}})
        return Rollout(name, lambda: self.client.get(kinds.DEPLOYMENT, name, namespace))

    def stop_gateway(self) -> Rollout:
        """The pods of the ingress gateway; requires the capability restart-gateway."""
        namespace, name = detection.GATEWAY
        return self.stop_pods(name, namespace=namespace)

    def stop_pods(self, name: str, *, namespace: str) -> Rollout:
        """Tells all pods of a Deployment to go, each with the grace it asks for; others take their place."""
        found = self.client.get(kinds.DEPLOYMENT, name, namespace)
        if found is None:
            raise LookupError(f"there is no Deployment {namespace}/{name}")
        selector: dict[str, str] = found["spec"]["selector"]["matchLabels"]
        old = {name_of(each) for each in self.client.list(kinds.POD, namespace, selector)}
        for each in old:
            self.client.delete(kinds.POD, each, namespace)

        def look() -> Obj | None:
            """Nothing while one of the new pods, of which the Deployment may not know yet, is not ready."""
            pods = self.client.list(kinds.POD, namespace, selector)
            ready = {name_of(each) for each in pods if condition(each, "Ready").get("status") == "True"} - old
            deployment = self.client.get(kinds.DEPLOYMENT, name, namespace)
            return deployment if len(ready) >= found["spec"].get("replicas", 1) else None

        return Rollout(name, look)


def _rolled_out(deployment: Obj | None) -> bool:
    if deployment is None:
        return False
    wanted = deployment["spec"].get("replicas", 1)
    status: Mapping[str, Any] = deployment.get("status") or {}
    return bool(
        status.get("observedGeneration", 0) >= deployment["metadata"]["generation"]
        and status.get("updatedReplicas", 0) == wanted
        and status.get("replicas", 0) == wanted
        and status.get("availableReplicas", 0) == wanted
    )
