"""What is behind a service, and what it says about that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from kserve_conformance.kube import kinds
from kserve_conformance.kube.client import Client, Kind, Obj
from kserve_conformance.kube.objects import name_of, said
from kserve_conformance.kube.quantities import Resources, resources_of
from kserve_conformance.kube.service import LABEL, Service
from kserve_conformance.model import BrokenPromise

PREDICTOR = {"component": "predictor"}


@dataclass(frozen=True)
class Limits:
    """Of a revision: seconds that an answer may take, and requests at once in a pod, 0 for any number."""

    timeout: int
    concurrency: int


class Behind:
    """Everything is asked of the API server at the moment of the call."""

    def __init__(self, client: Client, service: Service) -> None:
        self._client = client
        self._service = service

    # -- what the status says

    @property
    def mode(self) -> str:
        return str(self._status().get("deploymentMode", ""))

    @property
    def runtime(self) -> str:
        """Of the namespace or of the cluster."""
        status = self._status()
        return str(status.get("servingRuntimeName") or status.get("clusterServingRuntimeName") or "")

    @property
    def address(self) -> str:
        """The host of status.address.url. Raises BrokenPromise when there is none."""
        url = (self._status().get("address") or {}).get("url")
        if not url:
            raise BrokenPromise(expected=f"{self._service} to have a status.address.url", observed="it has none")
        return urlsplit(str(url)).netloc

    @property
    def short_host(self) -> str:
        """The predictor's without the words that make it the predictor's."""
        name = self._service.name
        host = self._service.component("predictor").host
        for ending in ("-predictor-default", "-predictor"):
            host = host.replace(name + ending, name, 1)
        return host

    # -- the objects

    def knative_services(self) -> list[str]:
        """Names of its predictor's."""
        return [name_of(each) for each in self._labelled(kinds.KNATIVE_SERVICE, **PREDICTOR)]

    def revision_says(self) -> str:
        """The condition Ready of its only revision; empty while there is none."""
        found = self._labelled(kinds.REVISION)
        return said(found[0], "Ready") if found else ""

    def containers(self) -> list[str]:
        """Names of those that serve, in a pod of its own."""
        return [str(each["name"]) for each in self._pod()["spec"]["containers"]]

    def initializers(self) -> list[str]:
        """Names of those that come to an end before the others start, in a pod of its own."""
        return [str(each["name"]) for each in self._pod()["spec"].get("initContainers") or ()]

    def limits(self) -> Limits:
        """Of its only revision."""
        spec: dict[str, Any] = self._only(kinds.REVISION)["spec"]
        return Limits(timeout=spec.get("timeoutSeconds", 0), concurrency=spec.get("containerConcurrency", 0))

    def deployment_says(self) -> str:
        """The condition Available of its only Deployment; empty while there is none."""
        found = self._labelled(kinds.DEPLOYMENT)
        return said(found[0], "Available") if found else ""

    def deployment(self) -> Obj:
        """The specification of its predictor's. Raises BrokenPromise when there is not one."""
        spec: Obj = self._only(kinds.DEPLOYMENT, **PREDICTOR)["spec"]
        return spec

    def resources(self, container: str) -> Resources:
        """Of one of its pods' containers, init containers too. Raises BrokenPromise when there is none."""
        for pod in self._labelled(kinds.POD):
            for each in [*(pod["spec"].get("initContainers") or ()), *pod["spec"]["containers"]]:
                if each["name"] == container:
                    return resources_of(each)
        raise BrokenPromise(expected=f"a pod of {self._service} with the container {container}", observed="none")

    def _status(self) -> Obj:
        found: Obj = self._service.get().get("status") or {}
        return found

    def _labelled(self, kind: Kind, **labels: str) -> list[Obj]:
        return self._client.list(kind, self._service.namespace, {LABEL: self._service.name, **labels})

    def _pod(self) -> Obj:
        """Any of them: they are all alike."""
        found = self._labelled(kinds.POD)
        if not found:
            raise BrokenPromise(expected=f"{self._service} to have a pod", observed="it has none")
        return found[0]

    def _only(self, kind: Kind, **labels: str) -> Obj:
        found = self._labelled(kind, **labels)
        if len(found) != 1:
            names = ", ".join(map(name_of, found)) or "none"
            raise BrokenPromise(expected=f"one {kind.name} of {self._service}", observed=names)
        return found[0]
