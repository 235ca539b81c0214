"""Every seeded defect. Ids and knobs are stable names.

The named test must turn red; of the tests beside it in the same module only the listed others may.
"""

from __future__ import annotations

from kserve_conformance.embedded.faults import (
    admission,
    autoscaling,
    behind,
    graphs,
    lifecycle,
    observability,
    pipeline,
    preflight,
    protocol,
    resilience,
    rollout,
    routing,
    security,
    servers,
    standard,
    storage,
    upgrade,
)

ALL = (
    *admission.ALL,
    *autoscaling.ALL,
    *behind.ALL,
    *graphs.ALL,
    *lifecycle.ALL,
    *observability.ALL,
    *pipeline.ALL,
    *preflight.ALL,
    *protocol.ALL,
    *resilience.ALL,
    *rollout.ALL,
    *routing.ALL,
    *security.ALL,
    *servers.ALL,
    *standard.ALL,
    *storage.ALL,
    *upgrade.ALL,
)
