"""Seeded defects of what keeps services apart."""

from __future__ import annotations

from kserve_conformance.embedded.faults import Fault

ALL = (
    Fault(
        "F147",
        "namespace-ignored",
        "ingress",
        "of services of one name in several namespaces the first gets all requests",
        "suites/security/test_namespaces.py::test_same_name_elsewhere_is_another_service",
    ),
    Fault(
        "F142",
        "forged-headers-believed",
        "ingress",
        "Knative's own headers are passed on as the client sent them",
        "suites/security/test_forged_headers.py::test_forged_revision_reaches_nobody_else",
    ),
)
