"""The golden server as a fixture."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kserve_conformance.load.plan import Plan

GOLDEN = {"predictions": [1, 1, 0, 2]}


@pytest.fixture
def golden() -> Iterator[Callable[..., Plan]]:
    """`golden({"delay": 0.01}, rate=300, seconds=3)` starts the server with that truth and gives a plan to load it."""
    started: list[subprocess.Popen[str]] = []

    def start(truth: dict[str, float], **fields: object) -> Plan:
        command = [sys.executable, str(Path(__file__).with_name("golden.py")), json.dumps(truth)]
        server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(server)
        assert server.stdout is not None
        plain: dict[str, object] = {
            "name": "golden",
            "address": "127.0.0.1",
            "port": int(server.stdout.readline()),
            "path": "/v1/models/iris:predict",
            "host": "iris.example.com",
            "body": '{"instances": [[6.8, 2.8, 4.8, 1.4]]}',
            "arrivals": "constant",
            "expected": GOLDEN,
        }
        return Plan(**{**plain, **fields})  # type: ignore[arg-type]

    yield start
    for server in started:
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.close()
        server.wait(5)
        server.stdout.close()
