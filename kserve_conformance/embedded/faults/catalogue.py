"""Every seeded defect. Ids and knobs are stable names.

The named test must turn red; of the tests beside it in the same module only the listed others may.
"""

from __future__ import annotations

from kserve_conformance.embedded.faults import Fault

ALL = (
    Fault(
        "F001",
        "ready-before-routable",
        "ingress",
        "Ready=True is published before the gateway knows the host",
        "suites/lifecycle/test_ready.py::test_ready_means_it_answers",
        ("suites/lifecycle/test_ready.py::test_status_url_can_be_called",),
    ),
    Fault(
        "F009",
        "update-ignored",
        "controller",
        "a changed field is accepted and never reaches a revision",
        "suites/lifecycle/test_update.py::test_changed_field_takes_effect",
        ("suites/lifecycle/test_update.py::test_old_revision_serves_while_the_update_fails",),
    ),
    Fault(
        "F011",
        "validation-off",
        "admission",
        "the validating webhook of InferenceServices lets everything pass",
        "suites/admission/test_rejection.py::test_contradictory_bounds_are_rejected",
        (
            "suites/admission/test_rejection.py::test_unroutable_name_is_rejected",
            "suites/admission/test_rejection.py::test_unknown_scale_metric_is_rejected",
            "suites/admission/test_rejection.py::test_two_frameworks_are_rejected",
        ),
    ),
    Fault(
        "F020",
        "v2-id-dropped",
        "model server",
        "the request id is not returned",
        "suites/protocol/test_v2_rest.py::test_request_id_is_returned",
    ),
    Fault(
        "F021",
        "v2-wrong-datatype",
        "model server",
        "the declared output datatype is not the model's",
        "suites/protocol/test_v2_rest.py::test_output_datatype_matches_metadata",
        ("suites/protocol/test_v2_rest.py::test_inference_is_golden",),
    ),
    Fault(
        "F037",
        "host-ignored",
        "ingress",
        "the gateway serves some service for any host",
        "suites/routing/test_host.py::test_host_decides_who_answers",
    ),
    Fault(
        "F048",
        "zero-never",
        "controller",
        "minReplicas 0 is read as not set",
        "suites/autoscaling/test_scale_to_zero.py::test_idle_service_releases_its_pods",
    ),
    Fault(
        "F052",
        "drop-first-cold-request",
        "activator",
        "a request at zero is answered 503 at once instead of being held",
        "suites/autoscaling/test_cold_start.py::test_first_request_is_answered",
        ("suites/autoscaling/test_cold_start.py::test_burst_from_zero_is_answered_whole",),
    ),
    Fault(
        "F057",
        "panic-never",
        "autoscaler",
        "the panic window is ignored",
        "suites/autoscaling/test_panic.py::test_burst_is_met_within_the_panic_window",
    ),
    Fault(
        "F068",
        "canary-in-status-only",
        "ingress",
        "status shows the split, the gateway never sends it",
        "suites/rollout/test_canary_split.py::test_split_is_what_was_asked",
    ),
    Fault(
        "F071",
        "old-revision-torn-down-early",
        "revision",
        "old pods go before the new revision takes over",
        "suites/rollout/test_promotion.py::test_no_request_is_lost_while_promoting",
    ),
    Fault(
        "F092",
        "upgrade-drops-requests",
        "activator",
        "an activator is replaced without draining what it holds",
        "suites/upgrade/test_during.py::test_no_request_is_lost",
    ),
)
