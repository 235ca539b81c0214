"""One InferenceGraph under test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from kserve_conformance.kube import inventory, kinds
from kserve_conformance.kube.client import Client, Obj
from kserve_conformance.kube.objects import labels_of, name_of, said, uid_of
from kserve_conformance.model import BrokenPromise

KNATIVE_LABEL = "serving.knative.dev/service"


class Graph:
    """Everything is asked of the API server at the moment of the call."""

    def __init__(
        self, client: Client, nodes: Mapping[str, Any], *, name: str, namespace: str, labels: Mapping[str, str]
    ) -> None:
        self.name = name
        self._client = client
        self._nodes = nodes
        self._namespace = namespace
        self._labels = labels
        self._known: set[str] = set()

    def __str__(self) -> str:
        return f"InferenceGraph {self._namespace}/{self.name}"

    def create(self, *, dry_run: bool = False) -> Obj:
        """The object as stored, or as it would be."""
        metadata = {"name": self.name, "namespace": self._namespace, "labels": dict(self._labels)}
        graph = {"metadata": metadata, "spec": {"nodes": dict(self._nodes)}}
        made = self._client.create(kinds.INFERENCE_GRAPH, graph, dry_run=dry_run)
        self._known.add(uid_of(made))
        return made

    def delete(self) -> None:
        self._client.delete(kinds.INFERENCE_GRAPH, self.name, self._namespace)

    def exists(self) -> bool:
        return self._client.get(kinds.INFERENCE_GRAPH, self.name, self._namespace) is not None

    def children(self) -> list[str]:
        """`Kind/name` of every object that it led to, also after the object that owned it has gone."""
        found = list(inventory.objects(self._client, kinds.MADE_FOR_A_SERVICE, self._namespace))
        self._known |= {uid_of(each) for _, each in found if labels_of(each).get(KNATIVE_LABEL) == self.name}
        return sorted(f"{kind.name}/{name_of(each)}" for kind, each in inventory.owned(found, self._known))

    def said(self) -> str:
        return said(self._get(), "Ready")

    @property
    def host(self) -> str:
        """Of status.url. Raises BrokenPromise when there is none."""
        url = (self._get().get("status") or {}).get("url")
        if not url:
            raise BrokenPromise(expected=f"{self} to have a status.url", observed="it has none")
        return urlsplit(str(url)).netloc

    def _get(self) -> Obj:
        return self._client.get(kinds.INFERENCE_GRAPH, self.name, self._namespace) or {"metadata": {"name": self.name}}
