"""Seeded defects of V1 and V2 over REST, acted out by `embedded.runtimes.misbehaving`."""

from __future__ import annotations

from kserve_conformance.embedded.faults import Fault

SERVER = "model server"
V1, V1_ERRORS = "suites/protocol/test_v1_rest.py::", "suites/protocol/test_v1_errors.py::"
V2, V2_ERRORS = "suites/protocol/test_v2_rest.py::", "suites/protocol/test_v2_errors.py::"
METADATA = "suites/protocol/test_metadata.py::"

_V1 = (
    Fault(
        "F301",
        "v1-stale-model",
        SERVER,
        "another model than the one at the storage uri is served",
        V1 + "test_prediction_is_golden",
        (
            V1 + "test_batch_is_answered_in_order",
            V1 + "test_every_spelling_of_json_is_read",
            V1 + "test_megabytes_are_answered",
            V1 + "test_inputs_are_instances",
        ),
    ),
    Fault("F302", "v1-never-ready", SERVER, "a loaded model denies it", V1 + "test_loaded_model_says_so"),
    Fault("F303", "v1-nameless-list", SERVER, "the list of models is empty", V1 + "test_list_names_the_model"),
    Fault(
        "F304",
        "v1-pieces-out-of-order",
        SERVER,
        "a large batch is cut into pieces, which are put together in another order",
        V1 + "test_batch_is_answered_in_order",
    ),
    Fault(
        "F305",
        "plain-numbers-only",
        SERVER,
        "the reader of JSON knows no exponents",
        V1 + "test_every_spelling_of_json_is_read",
    ),
    Fault(
        "F306", "small-questions-only", SERVER, "more than a megabyte is refused", V1 + "test_megabytes_are_answered"
    ),
    Fault("F307", "instances-only", SERVER, "V1 takes no inputs", V1 + "test_inputs_are_instances"),
    Fault(
        "F308",
        "unknown-model-500",
        SERVER,
        "an unknown model is the V1 server's own error",
        V1_ERRORS + "test_unknown_model_is_not_found",
    ),
    Fault(
        "F309",
        "malformed-json-500",
        SERVER,
        "malformed JSON is the server's own error",
        V1_ERRORS + "test_malformed_json_is_a_bad_request",
    ),
    Fault(
        "F310",
        "any-content-type",
        SERVER,
        "every body is read as JSON",
        V1_ERRORS + "test_other_content_type_is_no_prediction_request",
    ),
    Fault(
        "F311",
        "missing-part-accepted",
        SERVER,
        "nothing to predict from is answered with no predictions",
        V1_ERRORS + "test_missing_instances_are_an_error",
    ),
    Fault("F312", "any-path", SERVER, "every path is alive", V1_ERRORS + "test_unknown_path_is_not_found"),
    Fault(
        "F313",
        "unexplained",
        SERVER,
        "without an explainer there are no explanations, and no error",
        V1_ERRORS + "test_explanation_without_explainer_is_refused",
    ),
    Fault(
        "F314",
        "no-instances-crash",
        SERVER,
        "an empty list of instances ends the server",
        V1_ERRORS + "test_no_instances_leave_server_alive",
        (V1_ERRORS + "test_bad_request_leaves_server_alive",),  # comes next, while the server starts again
    ),
    Fault(
        "F315",
        "malformed-json-crashes",
        SERVER,
        "an instance of the wrong shape ends the V1 server",
        V1_ERRORS + "test_bad_request_leaves_server_alive",
    ),
    Fault(
        "F337",
        "root-not-alive",
        SERVER,
        "the root does not say alive",
        V1 + "test_root_is_alive",
    ),
    Fault(
        "F338",
        "no-list-accepted",
        SERVER,
        "a text is taken for a list of instances",
        V1_ERRORS + "test_instances_that_are_no_list_are_an_error",
    ),
    Fault(
        "F362",
        "errors-of-one-status",
        SERVER,
        "whatever a model raises is the server's own error",
        "suites/protocol/test_sdk_errors.py::test_each_error_has_its_status",
    ),
)

_V2 = (
    Fault("F020", "v2-id-dropped", SERVER, "the request id is not returned", V2 + "test_request_id_is_returned"),
    Fault(
        "F021",
        "v2-wrong-datatype",
        SERVER,
        "the declared output datatype is not the model's",
        V2 + "test_output_datatype_matches_metadata",
        (
            V2 + "test_inference_is_golden",
            V2 + "test_batch_is_answered_in_order",
            V2 + "test_flat_data_is_the_same_tensor",
            V2 + "test_columns_are_a_data_frame",
        ),
    ),
    Fault(
        "F022",
        "v2-shape-mismatch",
        SERVER,
        "shape and number of elements disagree",
        V2 + "test_shape_counts_the_data",
        (
            V2 + "test_inference_is_golden",
            V2 + "test_batch_is_answered_in_order",
            V2 + "test_flat_data_is_the_same_tensor",
            V2 + "test_columns_are_a_data_frame",
        ),
    ),
    Fault("F036", "model-version-wrong", SERVER, "answers carry another name", V2 + "test_answer_names_its_model"),
    Fault(
        "F321",
        "v2-stale-model",
        SERVER,
        "another model than the one at the storage uri is served",
        V2 + "test_inference_is_golden",
        (
            V2 + "test_batch_is_answered_in_order",
            V2 + "test_flat_data_is_the_same_tensor",
            V2 + "test_columns_are_a_data_frame",
        ),
    ),
    Fault(
        "F322",
        "v2-pieces-out-of-order",
        SERVER,
        "a large tensor is cut into pieces, which are put together in another order",
        V2 + "test_batch_is_answered_in_order",
    ),
    Fault(
        "F323",
        "v2-nested-only",
        SERVER,
        "flat data is refused",
        V2 + "test_flat_data_is_the_same_tensor",
        (V2 + "test_batch_is_answered_in_order",),
    ),
    Fault(
        "F324",
        "v2-unasked-output",
        SERVER,
        "more outputs than asked for are given",
        V2 + "test_only_outputs_asked_for_are_given",
        (
            V2 + "test_inference_is_golden",
            V2 + "test_output_datatype_matches_metadata",
            V2 + "test_batch_is_answered_in_order",
            V2 + "test_flat_data_is_the_same_tensor",
            V2 + "test_columns_are_a_data_frame",
        ),
    ),
    Fault(
        "F025",
        "error-as-200",
        SERVER,
        "an error is answered with status 200",
        V2_ERRORS + "test_bad_request_is_4xx",
        (V2_ERRORS + "test_request_without_inputs_is_refused",),
    ),
    Fault(
        "F026",
        "error-shape",
        SERVER,
        "the error of an unknown model is HTML",
        V2_ERRORS + "test_error_body_has_error_text",
    ),
    Fault(
        "F027",
        "unknown-model-500",
        SERVER,
        "an unknown model is the server's own error",
        V2_ERRORS + "test_unknown_model_is_not_found",
    ),
    Fault(
        "F028",
        "malformed-json-crashes",
        SERVER,
        "a tensor of the wrong shape ends the server",
        V2_ERRORS + "test_bad_request_leaves_server_alive",
        (V2_ERRORS + "test_failure_of_the_model_has_error_text",),
    ),
    Fault(
        "F325",
        "missing-part-accepted",
        SERVER,
        "no inputs give no outputs, and no error",
        V2_ERRORS + "test_request_without_inputs_is_refused",
    ),
    Fault(
        "F029",
        "health-lies",
        SERVER,
        "ready is said while the model is still being loaded",
        METADATA + "test_ready_agrees_with_predict",
        (METADATA + "test_metadata_is_enough_to_call",),
    ),
    Fault(
        "F035",
        "metadata-lies",
        SERVER,
        "metadata declares inputs that are refused",
        METADATA + "test_metadata_is_enough_to_call",
    ),
    Fault("F326", "v2-nameless-server", SERVER, "the server has no name", METADATA + "test_server_says_what_it_is"),
    Fault(
        "F327",
        "metadata-other-name",
        SERVER,
        "metadata is of a model of another name",
        METADATA + "test_metadata_names_the_model",
    ),
    Fault("F328", "ready-for-anyone", SERVER, "every model is ready", METADATA + "test_absent_model_is_not_ready"),
    Fault("F265", "v2-arrays-only", SERVER, "data frames are refused", V2 + "test_columns_are_a_data_frame"),
    Fault(
        "F266",
        "v2-any-version",
        SERVER,
        "whatever version is asked for, one and the same answers",
        V2_ERRORS + "test_absent_version_does_not_answer",
    ),
    Fault(
        "F339",
        "model-error-plain",
        SERVER,
        "a failure of the model is told in plain text",
        V2_ERRORS + "test_failure_of_the_model_has_error_text",
    ),
)

_EVENTS = (
    Fault(
        "F218",
        "event-answered-plainly",
        "model server",
        "a CloudEvent in binary mode is answered without the headers of one",
        "suites/protocol/test_cloud_events.py::test_binary_event_is_answered_with_one",
    ),
    Fault(
        "F219",
        "event-answered-unpacked",
        "model server",
        "a CloudEvent in structured mode is answered with its data alone",
        "suites/protocol/test_cloud_events.py::test_structured_event_is_answered_with_one",
    ),
)

ALL = (*_V1, *_V2, *_EVENTS)
