"""However the platform ends, nothing of it stays: no process, no port, no folder."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest

GONE_WITHIN = 10.0
IRIS = """
kubectl apply -n kserve -f - <<EOF
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: {name: iris}
spec:
  predictor:
    model: {modelFormat: {name: sklearn}, storageUri: gs://kfserving-examples/models/sklearn/1.0/model}
EOF
kubectl wait -n kserve isvc/iris --for=condition=Ready --timeout=30s
"""


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(lambda up: up.process.send_signal(signal.SIGINT), id="Ctrl-C"),
        pytest.param(lambda up: up.process.terminate(), id="SIGTERM"),
        pytest.param(lambda up: up.process.kill(), id="SIGKILL"),
        pytest.param(lambda up: up.process.stdin.close(), id="end of the lifeline"),
    ],
)
def test_nothing_stays(bring: Callable[..., Any], end: Callable[[Any], None]) -> None:
    up = bring("--lifeline")
    ready = up.shell(IRIS)
    assert ready.returncode == 0, ready.stderr
    tree = up.tree()
    assert len(tree) > 4  # the platform, its reaper, Envoy, a zygote, a pod
    gateway = urlsplit(up.gateway)
    end(up)
    up.process.wait(20)
    deadline = time.monotonic() + GONE_WITHIN
    while time.monotonic() < deadline and (_alive(tree) or up.folder.exists()):
        time.sleep(0.05)
    assert _alive(tree) == []
    assert not up.folder.exists()
    with socket.socket() as probe:
        assert probe.connect_ex((gateway.hostname, gateway.port)) != 0


def _alive(tree: list[psutil.Process]) -> list[str]:
    return [str(each) for each in tree if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]
