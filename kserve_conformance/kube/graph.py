"""One InferenceGraph under test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from kserve_conformance.kube import kinds
from kserve_conformance.kube.client import Client, Obj
from kserve_conformance.kube.objects import said
from kserve_conformance.model import BrokenPromise


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

    def __str__(self) -> str:
        return f"InferenceGraph {self._namespace}/{self.name}"

    def create(self, *, dry_run: bool = False) -> Obj:
        metadata = {"name": self.name, "namespace": self._namespace, "labels": dict(self._labels)}
        wanted = {"metadata": metadata, "spec": {"nodes": dict(self._nodes)}}
        return self._client.create(kinds.INFERENCE_GRAPH, wanted, dry_run=dry_run)

    def exists(self) -> bool:
        return self._client.get(kinds.INFERENCE_GRAPH, self.name, self._namespace) is not None

    def delete(self) -> None:
        self._client.delete(kinds.INFERENCE_GRAPH, self.name, self._namespace)

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
