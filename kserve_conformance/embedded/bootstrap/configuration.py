"""ConfigMaps and the runtimes that this platform can really run."""

from __future__ import annotations

import json
from collections.abc import Iterator

from kserve_conformance.embedded.admission.config_maps import CHECKSUM, EXAMPLE, checksum
from kserve_conformance.embedded.bootstrap import files
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


def sklearn_runtime(stack: Stack) -> Obj:
    """The one ClusterServingRuntime whose server is installed here (kserve config/runtimes)."""
    model_format: Obj = {"name": "sklearn", "version": "1", "autoSelect": True}
    if stack.runtime_priority:
        model_format["priority"] = 1
    quantity = {"cpu": "1", "memory": "2Gi"}
    container: Obj = {
        "name": "kserve-container",
        "image": f"kserve/sklearnserver:v{stack.kserve}",
        "args": ["--model_name={{.Name}}", "--model_dir=/mnt/models", "--http_port=8080"],
        "resources": {"requests": quantity, "limits": quantity},
    }
    if stack.reports_mode:
        container["securityContext"] = {
            "allowPrivilegeEscalation": False,
            "privileged": False,
            "runAsNonRoot": True,
            "capabilities": {"drop": ["ALL"]},
        }
    server_type = {"serving.kserve.io/server-type": "sklearnserver"} if stack.reports_mode else {}
    return {
        "metadata": {"name": "kserve-sklearnserver", "annotations": server_type},
        "spec": {
            "annotations": {"prometheus.kserve.io/port": "8080", "prometheus.kserve.io/path": "/metrics"},
            "supportedModelFormats": [model_format],
            "protocolVersions": list(stack.runtime_protocols),
            "containers": [container],
        },
    }
