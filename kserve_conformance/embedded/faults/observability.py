"""Seeded defects of metrics and traces."""

from __future__ import annotations

from kserve_conformance.embedded.faults import Fault

ALL = (
    Fault(
        "F110",
        "metrics-missing",
        "model server",
        "the predictions of a model are not counted",
        "suites/observability/test_metrics.py::test_requests_are_counted",
    ),
    Fault(
        "F111",
        "trace-header-lost",
        "ingress",
        "the trace context of a request is not passed on",
        "suites/observability/test_headers.py::test_trace_reaches_the_model",
    ),
)
