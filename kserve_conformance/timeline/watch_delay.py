"""How much later than it happened a watch shows a change: the uncertainty of every time this package finds."""

from __future__ import annotations

import time
from collections.abc import Sequence
from uuid import uuid4

from kserve_conformance.kube import kinds
from kserve_conformance.kube.client import Client
from kserve_conformance.kube.objects import name_of
from kserve_conformance.kube.watching import Change, watching

LOST_AFTER = 5.0  # seconds


def measure(client: Client, namespace: str, *, times: int) -> Sequence[float]:
    """Seconds from the API server's word that an object is stored to its sight, ascending; 0 when sight came first.

    Leaves ConfigMaps in the namespace. What is not seen within `LOST_AFTER` is left out.
    """
    delays = []
    with watching(client, namespace, (kinds.CONFIG_MAP,)) as watched:
        for _ in range(times):
            name = f"watch-delay-{uuid4()}"  # others of an earlier call may be there
            metadata = {"name": name, "namespace": namespace}
            client.create(kinds.CONFIG_MAP, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})
            stored = time.monotonic()

            def seen(changes: Sequence[Change], name: str = name) -> bool:
                return any(name_of(each.obj) == name for each in changes)

            if watched.wait(seen, within=LOST_AFTER):
                at = next(each.at for each in watched.changes if name_of(each.obj) == name)
                delays.append(max(0.0, at - stored))
    return sorted(delays)
