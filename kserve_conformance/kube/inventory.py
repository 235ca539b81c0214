"""All objects of several kinds in one namespace."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kserve_conformance.kube.client import Client, Kind, KubeError, Obj


def objects(client: Client, kinds: Iterable[Kind], namespace: str) -> Iterator[tuple[Kind, Obj]]:
    """Kinds that the platform does not have are left out."""
    for kind in kinds:
        try:
            found = client.list(kind, namespace)
        except KubeError as error:
            if error.code != 404:
                raise
            continue
        yield from ((kind, each) for each in found)
