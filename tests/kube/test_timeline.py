"""One clock for requests, conditions and events."""

from __future__ import annotations

import time

from kserve_conformance.kube.timeline import timeline
from kserve_conformance.model import Sample


def sample(seconds_ago: float, status: int) -> Sample:
    sent, url = time.monotonic() - seconds_ago, "http://127.0.0.1:80/v1/models"
    return Sample(sent, sent, sent + 0.25, "GET", url, "a.n.example.com", status, {}, b"no", None, "")


def test_all_that_happened_is_in_the_order_it_happened_in() -> None:
    ready = {"type": "Ready", "status": "False", "reason": "Why", "lastTransitionTime": "2020-01-01T10:00:02Z"}
    service = {"kind": "InferenceService", "metadata": {"name": "a"}, "status": {"conditions": [ready]}}
    about = {"kind": "Pod", "name": "a-1"}
    event = {"involvedObject": about, "reason": "Killing", "message": "x", "lastTimestamp": "2020-01-01T10:00:01Z"}
    undated = {"involvedObject": about, "reason": "Lost"}
    samples = [sample(1, 503), sample(2, 502)]
    lines = timeline(samples, [service, {"metadata": {"name": "bare"}}], [event, undated]).splitlines()
    assert lines[:2] == [
        "10:00:01.000  event      Pod/a-1 Killing: x (x1)",
        "10:00:02.000  condition  InferenceService/a Ready False Why",
    ]
    assert [each.partition("  ")[2] for each in lines[2:]] == [
        "request    GET /v1/models of a.n.example.com: 502 no (250 ms)",
        "request    GET /v1/models of a.n.example.com: 503 no (250 ms)",
    ]
