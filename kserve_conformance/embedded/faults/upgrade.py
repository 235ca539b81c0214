"""Seeded defects of upgrades."""

from __future__ import annotations

from kserve_conformance.embedded.faults import Fault

ALL = (
    Fault(
        "F092",
        "upgrade-drops-requests",
        "activator",
        "an activator is replaced without draining what it holds and what still comes",
        "suites/upgrade/test_during.py::test_no_request_is_lost",
    ),
)
