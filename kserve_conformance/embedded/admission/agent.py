"""KServe's pod mutator, second part: the agent's container for pods that are batched or logged.

kserve pkg/webhook/admission/pod/agent_injector.go, v0.10.0 and v0.20.0.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from kserve_conformance.embedded.apiserver.resources import CONFIG_MAPS
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.faults import Faults
from kserve_conformance.embedded.objects import Obj, annotations_of, copy_of, labels_of
from kserve_conformance.embedded.stacks import Stack

INTERNAL = "internal.serving.kserve.io/"
LOGGER, BATCHER = INTERNAL + "logger", INTERNAL + "batcher"
AGENT, PORT = "agent", 9081
MODEL_CONTAINER, TRANSFORMER_CONTAINER, QUEUE_PROXY = "kserve-container", "transformer-container", "queue-proxy"


class AgentInjector:
    def __init__(self, store: Store, stack: Stack, faults: Faults) -> None:
        self._store = store
        self._stack = stack
        self._faults = faults

    def inject(self, pod: Obj) -> None:
        """Changes the pod when its annotations ask for it."""
        annotations = annotations_of(pod)
        containers = {each["name"]: each for each in pod["spec"]["containers"]}
        if not {LOGGER, BATCHER} & annotations.keys() or AGENT in containers:
            return
        args = [*_batcher(annotations), *self._logger(pod, annotations), *self._port(containers)]
        queue = containers.get(QUEUE_PROXY) or {}
        env = copy_of({"": queue.get("env") or []})[""]
        for each in queue.get("env") or ():
            if each["name"] == "USER_PORT":
                each["value"] = str(PORT)
        mistaken = self._faults.fires("agent-resources-mistaken", pod["metadata"]["namespace"])  # F384
        config = self._config("batcher" if mistaken else "agent")
        container: Obj = {
            "name": AGENT,
            "image": config["image"],
            "args": args,
            "resources": {
                "limits": {"cpu": config["cpuLimit"], "memory": config["memoryLimit"]},
                "requests": {"cpu": config["cpuRequest"], "memory": config["memoryRequest"]},
            },
            "ports": [{"name": "agent-port", "containerPort": PORT, "protocol": "TCP"}],
            "env": env if queue else self._probe(containers, pod),
            "readinessProbe": {
                "httpGet": {
                    "httpHeaders": [{"name": "K-Network-Probe", "value": "queue"}],
                    "port": PORT,
                    "path": "/",
                    "scheme": "HTTP",
                }
            },
        }
        security = pod["spec"]["containers"][0].get("securityContext")
        if security is not None:
            container["securityContext"] = copy_of(security)
        pod["spec"]["containers"].append(container)

    def _logger(self, pod: Obj, annotations: Mapping[str, str]) -> Iterator[str]:
        if LOGGER not in annotations:
            return
        meta, labels = pod["metadata"], labels_of(pod)
        yield from ("--log-url", annotations.get(f"{LOGGER}-sink-url", self._config("logger")["defaultUrl"]))
        # A generated name is not there yet when the webhook is asked.
        yield from ("--source-uri", "" if meta.get("generateName") else meta["name"])
        yield from ("--log-mode", annotations.get(f"{LOGGER}-mode", "all"))
        yield from ("--inference-service", labels.get("serving.kserve.io/inferenceservice", ""))
        yield from ("--namespace", meta["namespace"])
        yield from ("--endpoint", labels.get("endpoint", ""))
        yield from ("--component", labels.get("component", ""))
        if not self._stack.runtime_priority:
            return
        if f"{LOGGER}-metadata-headers" in annotations:
            yield from ("--metadata-headers", annotations[f"{LOGGER}-metadata-headers"])
        if f"{LOGGER}-metadata-annotations" in annotations:
            wanted = annotations[f"{LOGGER}-metadata-annotations"].split(",")
            found = [f"{name}={annotations[name]}" for name in wanted if name in annotations]
            yield from ("--metadata-annotations", ",".join(found))
        yield from ("--logger-tls-skip-verify", "false")

    def _port(self, containers: Mapping[str, Obj]) -> list[str]:
        """The transformer's, where one stands beside the model server."""
        asked = containers.get(TRANSFORMER_CONTAINER) if self._stack.runtime_priority else None
        asked = asked or containers.get(MODEL_CONTAINER)
        ports = (asked or {}).get("ports") or [{"containerPort": 8080}]
        return ["--component-port", str(ports[0]["containerPort"])]

    def _probe(self, containers: Mapping[str, Obj], pod: Obj) -> list[Obj]:
        """Without a queue proxy the agent probes the component itself."""
        asked = containers.get(TRANSFORMER_CONTAINER, pod["spec"]["containers"][0])
        probe = asked.get("readinessProbe")
        return [{"name": "SERVING_READINESS_PROBE", "value": json.dumps(probe)}] if probe else []

    def _config(self, key: str) -> dict[str, Any]:
        found = self._store.get(CONFIG_MAPS, "kserve", "inferenceservice-config")
        config: dict[str, Any] = json.loads(found["data"][key])
        return config


def _batcher(annotations: Mapping[str, str]) -> Iterator[str]:
    if BATCHER not in annotations:
        return
    yield "--enable-batcher"
    for option, name in (("--max-batchsize", "max-batchsize"), ("--max-latency", "max-latency")):
        if f"{BATCHER}-{name}" in annotations:
            yield from (option, annotations[f"{BATCHER}-{name}"])
