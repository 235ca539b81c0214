"""What the tests of Knative type: a Service, and how to ask it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

Typed = Callable[[str], str]

SERVICE = """
apiVersion: serving.knative.dev/v1
kind: Service
metadata:
  name: hello
  annotations: {annotations}
  labels: {labels}
spec:
  template:
    metadata:
      name: {name}
      labels: {{serving.kserve.io/inferenceservice: hello}}
      annotations:
        autoscaling.knative.dev/min-scale: "{minimum}"
        internal.serving.kserve.io/storage-initializer-sourceuri: gs://kfserving-examples/models/sklearn/1.0/model
        {more}
    spec:
      containers:
      - name: kserve-container
        image: {image}
        args: [--model_name={model}, --model_dir=/mnt/models, --http_port=8080]
  traffic: {traffic}
"""
ALL_TO_LATEST = [{"latestRevision": True, "percent": 100}]
READY = "kubectl wait -n $NS ksvc/hello --for=condition=Ready --timeout=30s"
GATEWAY = """
GATEWAY=$(kubectl -n istio-system get service istio-ingressgateway \
  -o jsonpath='{.status.loadBalancer.ingress[0].ip}:{.spec.ports[?(@.name=="http2")].port}')
"""


def service(
    name: str = "",
    *,
    traffic: list[dict[str, Any]] = ALL_TO_LATEST,
    model: str = "one",
    minimum: int = 1,
    image: str = "kserve/sklearnserver:v0.20.0",
    annotations: str = "{}",
    labels: str = "{}",
    more: str = "",
) -> str:
    """`kubectl apply` of a model server as a plain Knative Service; its revision is called `hello-<name>`."""
    manifest = SERVICE.format(
        name=f"hello-{name}" if name else '""',
        traffic=json.dumps(traffic),
        model=model,
        minimum=minimum,
        image=image,
        annotations=annotations,
        labels=labels,
        more=more,
    )
    return f"kubectl apply -n $NS -f - <<'EOF'\n{manifest}\nEOF\n"


def curl(host: str, *options: str) -> str:
    """The names of the models behind a host, or the status when it is not 200."""
    extra = " ".join(options)
    return f"{GATEWAY}curl -s -w ' %{{http_code}}' -H \"Host: {host}\" {extra} http://$GATEWAY/v1/models"


def until(holds: str) -> str:
    return f"for i in $(seq 400); do {{ {holds}; }} && break; [ $i = 400 ] && exit 1; sleep 0.05; done\n"


def get(path: str, kind: str = "ksvc", name: str = "hello") -> str:
    return f"kubectl get -n $NS {kind} {name} -o jsonpath='{path}'"
