"""ConfigMaps."""

from __future__ import annotations

import json
from collections.abc import Iterator

from kserve_conformance.embedded.admission.config_maps import CHECKSUM, checksum
from kserve_conformance.embedded.bootstrap import files
from kserve_conformance.embedded.controllers.knative_config import EXAMPLE
from kserve_conformance.embedded.objects import Obj
from kserve_conformance.embedded.stacks import Stack


def config_maps(stack: Stack) -> Iterator[Obj]:
    values = files.versions(stack)
    for each in files.for_stack(files.read("config_maps.yaml"), stack):
        labels = {
            "app.kubernetes.io/name": "knative-serving",
            "app.kubernetes.io/component": each["component"],
            "app.kubernetes.io/version": stack.knative,
        }
        yield {
            "metadata": {
                "name": each["name"],
                "namespace": each["namespace"],
                "labels": labels,
                "annotations": {CHECKSUM: checksum(each["example"])},
            },
            "data": {EXAMPLE: each["example"], **files.filled(each["data"], values)},
        }
    documents = files.filled(files.read("inferenceservice_config.yaml"), values)
    yield {
        "metadata": {"name": "inferenceservice-config", "namespace": "kserve"},
        "data": {
            key: json.dumps(document, indent=4)
            for part in ("both", stack.name)
            for key, document in documents[part].items()
        },
    }
