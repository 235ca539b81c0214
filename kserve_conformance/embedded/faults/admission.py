"""Seeded defects of admission."""

from __future__ import annotations

from kserve_conformance.embedded.faults import Fault

ALL = (
    Fault(
        "F011",
        "validation-off",
        "admission",
        "the validating webhook of InferenceServices lets everything pass",
        "suites/admission/test_rejection.py::test_contradictory_bounds_are_rejected",
        (
            "suites/admission/test_rejection.py::test_unroutable_name_is_rejected",
            "suites/admission/test_rejection.py::test_two_frameworks_are_rejected",
            "suites/admission/test_rejection.py::test_negative_minimum_is_rejected",
        ),
    ),
    Fault(
        "F012",
        "bad-name-accepted",
        "admission",
        "a name that cannot become a host label is accepted",
        "suites/admission/test_rejection.py::test_unroutable_name_is_rejected",
    ),
    Fault(
        "F014",
        "defaulting-off",
        "admission",
        "the mutating webhook of InferenceServices changes nothing",
        "suites/admission/test_defaulting.py::test_framework_becomes_a_model_format",
    ),
    Fault(
        "F015",
        "rejects-valid",
        "admission",
        "a new webhook refuses to change what was stored before it",
        "suites/admission/test_compatibility.py::test_old_object_can_still_be_changed",
    ),
    Fault(
        "F016",
        "webhook-certificate-wrong",
        "admission",
        "the API server does not trust the webhook's certificate",
        "suites/admission/test_webhooks.py::test_webhooks_are_trusted",
    ),
    Fault(
        "F019",
        "dry-run-persists",
        "api server",
        "what is created as a dry run is stored",
        "suites/admission/test_rejection.py::test_dry_run_changes_nothing",
    ),
    Fault(
        "F131",
        "defaulting-never-settles",
        "admission",
        "the mutating webhook changes an object each time it sees it",
        "suites/lifecycle/test_update.py::test_same_specification_makes_no_revision",
    ),
    Fault(
        "F135",
        "mode-changeable",
        "admission",
        "the deployment mode of a service can be changed",
        "suites/admission/test_mode.py::test_deployment_mode_cannot_be_changed",
    ),
    Fault(
        "F171",
        "two-frameworks-accepted",
        "admission",
        "a predictor with two frameworks is accepted",
        "suites/admission/test_rejection.py::test_two_frameworks_are_rejected",
    ),
    Fault(
        "F172",
        "negative-minimum-accepted",
        "admission",
        "a negative minimum of replicas is accepted",
        "suites/admission/test_rejection.py::test_negative_minimum_is_rejected",
    ),
    Fault(
        "F273",
        "unknown-protocol-accepted",
        "admission",
        "a container that speaks an unknown protocol is accepted",
        "suites/admission/test_model_server.py::test_unknown_protocol_is_rejected",
    ),
    Fault(
        "F274",
        "named-server-accepted",
        "admission",
        "a name for the model server is accepted",
        "suites/admission/test_model_server.py::test_name_of_model_server_is_rejected",
    ),
    Fault(
        "F277",
        "same-priority-accepted",
        "admission",
        "a second runtime of the same priority for a model format is accepted",
        "suites/admission/test_runtimes.py::test_equal_priority_is_rejected",
    ),
    Fault(
        "F278",
        "rootless-graph-accepted",
        "admission",
        "a graph without a root is accepted",
        "suites/admission/test_graphs.py::test_graph_without_root_is_rejected",
    ),
    Fault(
        "F294",
        "illegal-setting-accepted",
        "admission",
        "an illegal setting of Knative's is accepted",
        "suites/admission/test_knative_settings.py::test_illegal_setting_is_rejected",
    ),
    Fault(
        "F295",
        "edited-example-accepted",
        "admission",
        "a setting of Knative's is accepted where it does nothing",
        "suites/admission/test_knative_examples.py::test_edited_example_is_rejected",
    ),
)
