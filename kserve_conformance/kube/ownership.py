"""What a run made is known by its label; nothing else is ever changed or deleted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from kserve_conformance.kube import kinds
from kserve_conformance.kube.client import Client, KubeError
from kserve_conformance.kube.objects import RUN_LABEL, labels_of, name_of

# A run lasts minutes. What a killed one left is deleted by a later run, but never while somebody may still look at it.
FORGOTTEN_AFTER = timedelta(hours=6)
KEPT = "kserve-conformance.dev/kept"


def create_namespace(client: Client, name: str, *, run_id: str, annotations: Mapping[str, str], kept: bool) -> None:
    """Labelled with the run; `kept` says that later runs leave it alone."""
    metadata = {
        "name": name,
        "labels": {RUN_LABEL: run_id},
        "annotations": {**annotations, **({KEPT: "true"} if kept else {})},
    }
    client.create(kinds.NAMESPACE, {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})


def sweep(client: Client, run_id: str) -> None:
    """Deletes the namespaces of this run that are still there."""
    for each in client.list(kinds.NAMESPACE, labels={RUN_LABEL: run_id}):
        client.delete(kinds.NAMESPACE, name_of(each))


def sweep_forgotten(client: Client) -> None:
    """Deletes namespaces of runs that were killed long ago. Says nothing where that is not allowed."""
    try:
        for each in client.list(kinds.NAMESPACE):
            metadata = each["metadata"]
            age = datetime.now(UTC) - datetime.fromisoformat(metadata["creationTimestamp"])
            kept = KEPT in (metadata.get("annotations") or {}) or "deletionTimestamp" in metadata
            if RUN_LABEL in labels_of(each) and age > FORGOTTEN_AFTER and not kept:
                client.delete(kinds.NAMESPACE, name_of(each))
    except KubeError as error:
        if error.code != 403:
            raise
