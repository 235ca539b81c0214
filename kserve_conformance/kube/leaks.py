"""Where a secret can be read by whoever may not read Secrets: in objects, events and logs."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass

from kserve_conformance.kube import inventory, kinds
from kserve_conformance.kube.client import Client, KubeError
from kserve_conformance.kube.objects import name_of

LOOKED_AT = (kinds.INFERENCE_SERVICE, *kinds.MADE_FOR_A_SERVICE, kinds.CONFIG_MAP, kinds.EVENT)


@dataclass(frozen=True)
class Leaks:
    """`places` are those that hold it, among so many `pods`, each with its logs, and other objects."""

    places: tuple[str, ...]
    pods: int

    @classmethod
    def of(cls, text: str, client: Client, namespace: str) -> Leaks:
        """As it is and in base64, in everything of the namespace but its Secrets."""
        forms = (text, base64.b64encode(text.encode()).decode())
        read = list(_everything(client, namespace))
        places = (place for place, content in read if any(form in content for form in forms))
        return cls(tuple(places), sum(place.startswith("Pod/") for place, _ in read))


def _everything(client: Client, namespace: str) -> Iterator[tuple[str, str]]:
    for kind, each in inventory.objects(client, LOOKED_AT, namespace):
        yield f"{kind.name}/{name_of(each)}", json.dumps(each)
    for pod in client.list(kinds.POD, namespace):
        for container in [*(pod["spec"].get("initContainers") or ()), *pod["spec"]["containers"]]:
            path = f"{kinds.POD.path(namespace, name_of(pod))}/log"
            try:
                log = client.text("GET", path, {"container": container["name"]})
            except KubeError as error:
                if error.code not in (400, 404):  # not started yet, or gone meanwhile
                    raise
                continue
            yield f"log of {name_of(pod)}, container {container['name']}", log
