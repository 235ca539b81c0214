"""Decoys: oddities that a right platform may show, and that must turn nothing red."""

from __future__ import annotations

from kserve_conformance.embedded.faults import Decoy

_V1, _V2 = "suites/protocol/test_v1_rest.py::", "suites/protocol/test_v2_rest.py::"
_V1_ERRORS, _V2_ERRORS = "suites/protocol/test_v1_errors.py::", "suites/protocol/test_v2_errors.py::"
_CONCURRENT, _RUNTIMES = "suites/protocol/test_concurrent.py::", "suites/protocol/test_runtimes.py::"

ALL: tuple[Decoy, ...] = (
    Decoy(
        "D01",
        "route-one-second-late",
        "ingress",
        "the host of a Ready service answers a second later",
        ("suites/lifecycle/test_ready.py::test_ready_means_it_answers",),
    ),
    Decoy(
        "D02",
        "one-extra-pod",
        "autoscaler",
        "one pod more than the formula wants, while it is scaled up",
        (
            "suites/autoscaling/test_concurrency.py::test_load_adds_replicas",
            "suites/autoscaling/test_concurrency.py::test_steady_load_means_steady_replicas",
            "suites/autoscaling/test_bounds.py::test_never_more_than_max",
        ),
    ),
    Decoy(
        "D03",
        "odd-revision-names",
        "controller",
        "revisions are not numbered",
        (
            "suites/lifecycle/test_update.py::test_changed_field_takes_effect",
            "suites/lifecycle/test_update.py::test_status_belongs_to_the_current_spec",
            "suites/rollout/test_repeated_canary.py::test_only_two_revisions_answer",
            "suites/rollout/test_tag.py::test_tag_host_reaches_its_revision_only",
        ),
    ),
    Decoy(
        "D04",
        "extra-conditions",
        "controller",
        "the status has a condition that is False and a field, which nobody promised",
        (
            "suites/lifecycle/test_ready.py::test_ready_service_has_true_conditions",
            "suites/lifecycle/test_ready.py::test_loaded_model_is_reported",
            "suites/lifecycle/test_update.py::test_changed_field_takes_effect",
        ),
    ),
    Decoy(
        "D05",
        "other-http-dress",
        "model server",
        "answers come compressed, in pieces and with more headers",
        (
            _V1 + "test_prediction_is_golden",
            _V1 + "test_batch_is_answered_in_order",
            _V2 + "test_inference_is_golden",
            _V2_ERRORS + "test_error_body_has_error_text",
            _CONCURRENT + "test_answers_go_to_their_own_request",
        ),
    ),
    Decoy(
        "D06",
        "v2-legal-variety",
        "model server",
        "nested data, members that are optional, in another order",
        (
            _V2 + "test_inference_is_golden",
            _V2 + "test_output_datatype_matches_metadata",
            _V2 + "test_shape_counts_the_data",
            _V2 + "test_answer_names_its_model",
            _CONCURRENT + "test_inferences_go_to_their_own_request",
        ),
    ),
    Decoy(
        "D07",
        "slow-but-ready",
        "node",
        "a pod takes twenty seconds to start, as with an image to pull",
        (
            "suites/autoscaling/test_cold_start.py::test_first_request_is_answered",
            "suites/resilience/test_pod_replaced.py::test_deleted_pod_is_replaced",
        ),
    ),
    Decoy(
        "D10",
        "panic-overshoot",
        "autoscaler",
        "twice as many pods as the formula wants, until the panic is over",
        (
            "suites/autoscaling/test_concurrency.py::test_load_adds_replicas",
            "suites/autoscaling/test_concurrency.py::test_steady_load_means_steady_replicas",
        ),
    ),
    Decoy(
        "D11",
        "float-noise",
        "model server",
        "predictions differ in the seventh digit",
        tuple(
            _RUNTIMES + f"test_{model}_{protocol}_is_golden"
            for model in ("xgboost", "lightgbm")
            for protocol in ("v1", "v2")
        ),
    ),
    Decoy(
        "D13",
        "busy-neighbour",
        "controller",
        "whatever is deployed, another namespace has a service of that name with another model, pods and events",
        (
            "suites/lifecycle/test_delete.py::test_delete_removes_everything",
            "suites/lifecycle/test_ready.py::test_ready_has_an_event",
            "suites/lifecycle/test_update.py::test_changed_field_takes_effect",
            "suites/routing/test_host.py::test_host_decides_who_answers",
            "suites/routing/test_visibility.py::test_private_service_is_not_public",
            "suites/routing/test_visibility.py::test_public_service_is_reachable_inside",
        ),
    ),
    Decoy(
        "D14",
        "retention-set",
        "autoscaler",
        "the last pod is kept for the grace period, whoever is in the path",
        ("suites/autoscaling/test_scale_to_zero.py::test_idle_service_releases_its_pods",),
    ),
    Decoy(
        "D16",
        "other-wording",
        "model server",
        "errors in other words, 400 where it was 422",
        (
            _V1_ERRORS + "test_unknown_model_is_not_found",
            _V1_ERRORS + "test_bad_request_leaves_server_alive",
            _V2_ERRORS + "test_request_without_inputs_is_refused",
            _V2_ERRORS + "test_bad_request_is_4xx",
            _V2_ERRORS + "test_error_body_has_error_text",
        ),
    ),
)
