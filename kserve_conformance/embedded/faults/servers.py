"""Seeded defects of model servers beyond one plain request: many at once, binary tensors, gRPC, other formats."""

from __future__ import annotations

from kserve_conformance.embedded.faults import Fault

SERVER = "model server"
CONCURRENT, RUNTIMES = "suites/protocol/test_concurrent.py::", "suites/protocol/test_runtimes.py::"
BINARY, GRPC = "suites/protocol/test_v2_binary.py::", "suites/protocol/test_v2_grpc.py::"

_TOGETHER = (
    Fault(
        "F031",
        "cross-talk",
        SERVER,
        "two concurrent requests swap answers",
        CONCURRENT + "test_answers_go_to_their_own_request",
        (
            CONCURRENT + "test_inferences_go_to_their_own_request",
            CONCURRENT + "test_ids_go_to_their_own_request",
            CONCURRENT + "test_bad_request_harms_only_itself",
        ),
    ),
    Fault(
        "F331",
        "cross-talk",
        SERVER,
        "two concurrent inferences swap answers",
        CONCURRENT + "test_inferences_go_to_their_own_request",
        (
            CONCURRENT + "test_answers_go_to_their_own_request",
            CONCURRENT + "test_ids_go_to_their_own_request",
            CONCURRENT + "test_bad_request_harms_only_itself",
        ),
    ),
    Fault(
        "F332",
        "ids-swapped",
        SERVER,
        "two concurrent inferences swap ids",
        CONCURRENT + "test_ids_go_to_their_own_request",
    ),
    Fault(
        "F333",
        "error-spreads",
        SERVER,
        "an error is also the next request's",
        CONCURRENT + "test_bad_request_harms_only_itself",
    ),
)

_BEYOND = (
    Fault(
        "F341",
        "v2-json-only",
        SERVER,
        "binary tensors are refused",
        BINARY + "test_binary_input_is_read",
        (BINARY + "test_binary_output_is_given",),
    ),
    Fault(
        "F342",
        "v2-wrong-header-length",
        SERVER,
        "the header does not tell where the bytes begin",
        BINARY + "test_binary_output_is_given",
    ),
    Fault(
        "F343", "v2-never-binary", SERVER, "binary is asked for, JSON is given", BINARY + "test_binary_output_is_given"
    ),
    Fault(
        "F344",
        "grpc-own-errors",
        SERVER,
        "every error over gRPC is INTERNAL",
        GRPC + "test_unknown_model_is_a_clients_error",
    ),
    Fault("F345", "grpc-never-ready", SERVER, "a loaded model denies it", GRPC + "test_loaded_model_is_ready"),
    Fault(
        "F034",
        "grpc-as-http1",
        "gateway",
        "the gateway speaks HTTP/1.1 to a revision whose port is h2c",
        GRPC + "test_grpc_infer_is_answered",
        (GRPC + "test_unknown_model_is_a_clients_error", GRPC + "test_loaded_model_is_ready"),
    ),
)

_RUNTIMES = tuple(
    Fault(
        name,
        f"{protocol}-stale-model",
        SERVER,
        f"another {model} model than the one at the storage uri is served",
        RUNTIMES + f"test_{model}_{protocol}_is_golden",
        (RUNTIMES + f"test_{other}_{protocol}_is_golden",),
    )
    for name, model, other, protocol in (
        ("F351", "xgboost", "lightgbm", "v1"),
        ("F352", "xgboost", "lightgbm", "v2"),
        ("F353", "lightgbm", "xgboost", "v1"),
        ("F354", "lightgbm", "xgboost", "v2"),
    )
)

ALL = (*_TOGETHER, *_BEYOND, *_RUNTIMES)
