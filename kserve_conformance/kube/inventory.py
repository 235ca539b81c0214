"""All objects of several kinds in one namespace, and those among them that one object led to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from kserve_conformance.kube.client import Client, Kind, KubeError, Obj
from kserve_conformance.kube.objects import owners_of, uid_of


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


def owned(found: Collection[tuple[Kind, Obj]], known: set[str]) -> Iterator[tuple[Kind, Obj]]:
    """Those whose uid is known, or whose owner's is, however long the chain; their uids are known afterwards."""
    growing = True
    while growing:
        before = len(known)
        known |= {uid_of(each) for _, each in found if not known.isdisjoint(owners_of(each))}
        growing = len(known) > before
    return ((kind, each) for kind, each in found if uid_of(each) in known)
