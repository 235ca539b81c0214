"""Seeded defects of admission."""

from __future__ import annotations

from kserve_conformance.embedded.faults import Fault

REJECTION = "suites/admission/test_rejection.py::"

ALL = (
    Fault(
        "F011",
        "validation-off",
        "admission",
        "the validating webhook of InferenceServices lets everything pass",
        REJECTION + "test_contradictory_bounds_are_rejected",
        (
            REJECTION + "test_unroutable_name_is_rejected",
            REJECTION + "test_two_frameworks_are_rejected",
            REJECTION + "test_negative_minimum_is_rejected",
            REJECTION + "test_unknown_autoscaler_is_rejected",
            REJECTION + "test_rate_of_nothing_is_rejected",
            REJECTION + "test_negative_concurrency_is_rejected",
            REJECTION + "test_search_path_of_modules_is_rejected",
            REJECTION + "test_two_ways_to_say_a_source_are_rejected",
        ),
    ),
    Fault(
        "F012",
        "bad-name-accepted",
        "admission",
        "a name that cannot become a host label is accepted",
        REJECTION + "test_unroutable_name_is_rejected",
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
        REJECTION + "test_dry_run_changes_nothing",
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
        REJECTION + "test_two_frameworks_are_rejected",
    ),
    Fault(
        "F172",
        "negative-minimum-accepted",
        "admission",
        "a negative minimum of replicas is accepted",
        REJECTION + "test_negative_minimum_is_rejected",
    ),
    Fault(
        "F230",
        "unknown-metric-misread",
        "admission",
        "a scale metric that is none is taken for concurrency",
        REJECTION + "test_unknown_scale_metric_is_rejected",
    ),
    Fault(
        "F233",
        "unknown-scheme-accepted",
        "admission",
        "a model URI of an unknown scheme is accepted",
        "suites/admission/test_storage_scheme.py::test_unknown_storage_scheme_is_rejected",
        stack="tutorial",
    ),
    Fault(
        "F234",
        "unknown-autoscaler-accepted",
        "admission",
        "an autoscaler class that is none is accepted",
        REJECTION + "test_unknown_autoscaler_is_rejected",
    ),
    Fault(
        "F235",
        "unknown-logger-mode-misread",
        "admission",
        "a logger mode that is none is taken for all",
        REJECTION + "test_unknown_logger_mode_is_rejected",
    ),
    Fault(
        "F236",
        "rate-of-nothing-accepted",
        "admission",
        "a target of no requests per second is accepted",
        REJECTION + "test_rate_of_nothing_is_rejected",
    ),
    Fault(
        "F237",
        "negative-concurrency-accepted",
        "admission",
        "a negative limit of concurrent requests is accepted",
        REJECTION + "test_negative_concurrency_is_rejected",
    ),
    Fault(
        "F238",
        "search-path-accepted",
        "admission",
        "a model server is given a search path of modules",
        REJECTION + "test_search_path_of_modules_is_rejected",
    ),
    Fault(
        "F239",
        "two-sources-accepted",
        "admission",
        "of two ways to say where a model comes from both are accepted",
        REJECTION + "test_two_ways_to_say_a_source_are_rejected",
    ),
)
