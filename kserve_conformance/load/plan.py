"""One load: what is sent where, when and for how long. Plain data; it travels to locust as a file."""

from __future__ import annotations

import json
from array import array
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from kserve_conformance.load import arrivals


@dataclass(frozen=True)
class Plan:
    """`arrivals` closed: `connections` users that each wait for their answer; what a server can do, not a load.

    `expected` names members of the JSON answer and their values; an answer that has others is wrong.
    """

    name: str
    address: str
    port: int
    path: str
    host: str
    body: str
    arrivals: Literal["constant", "poisson", "closed"]
    seconds: float
    rate: float = 0.0
    warm_up: float = 0.0
    connections: int = 1000
    timeout: float = 30.0
    seed: int = 1
    method: str = "POST"
    content_type: str = "application/json"
    expected: Mapping[str, Any] = field(default_factory=dict)

    @property
    def offsets(self) -> array[float]:
        """The schedule, warm-up included: one process without a seam. Empty for a closed loop, which has none."""
        if self.arrivals == "closed":
            return array("d")
        return arrivals.offsets(self.arrivals, rate=self.rate, seconds=self.warm_up + self.seconds, seed=self.seed)

    @property
    def request(self) -> bytes:
        """Made once: formatting per request would be time that no answer needs."""
        body = self.body.encode()
        head = f"{self.method} {self.path} HTTP/1.1\r\nHost: {self.host}\r\nAccept: application/json\r\n"
        if body:
            head += f"Content-Type: {self.content_type}\r\nContent-Length: {len(body)}\r\n"
        return head.encode() + b"\r\n" + body

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")


def read(path: Path) -> Plan:
    return Plan(**json.loads(path.read_text(encoding="utf-8")))
