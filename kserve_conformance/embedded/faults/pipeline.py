"""Seeded defects of transformers, loggers and batchers."""

from __future__ import annotations

from kserve_conformance.embedded.faults import Fault

ALL = (
    Fault(
        "F085",
        "logger-hides-errors",
        "agent",
        "with a logger, errors of the model become 200",
        "suites/pipeline/test_logger.py::test_logger_keeps_status_codes",
    ),
    Fault(
        "F086",
        "logger-loses-events",
        "agent",
        "every third event of a logger is lost",
        "suites/pipeline/test_logger.py::test_each_request_is_logged_once",
    ),
    Fault(
        "F145",
        "logger-needs-its-sink",
        "agent",
        "once an event was not taken, requests are refused",
        "suites/pipeline/test_logger.py::test_sink_that_is_away_harms_nobody",
    ),
    Fault(
        "F087",
        "batcher-mixes-answers",
        "agent",
        "the answers of a batch go to the wrong callers",
        "suites/pipeline/test_batcher.py::test_each_caller_gets_its_own_answer",
    ),
    Fault(
        "F089",
        "transformer-bypassed",
        "ingress",
        "the service's route leads straight to the predictor",
        "suites/pipeline/test_transformer.py::test_transformer_sees_every_request",
        ("suites/pipeline/test_transformer.py::test_explanations_come_from_the_explainer",),
    ),
    Fault(
        "F090",
        "transformer-flattens-errors",
        "model server",
        "whatever error a predictor answers with, its transformer answers 500",
        "suites/pipeline/test_transformer.py::test_status_codes_pass_through",
    ),
    Fault(
        "F144",
        "explainer-bypassed",
        "ingress",
        "requests for explanations go where predictions go",
        "suites/pipeline/test_transformer.py::test_explanations_come_from_the_explainer",
    ),
    Fault(
        "F210",
        "batcher-never-full",
        "agent",
        "a batch waits for its latency however many instances it has",
        "suites/pipeline/test_batcher.py::test_full_batch_goes_at_once",
        ("suites/pipeline/test_batcher.py::test_failure_is_told_to_every_caller",),
    ),
    Fault(
        "F211",
        "batcher-latency-lost",
        "agent",
        "batches wait for the latency of a batcher that is told nothing",
        "suites/pipeline/test_batcher.py::test_lone_request_waits_for_its_latency",
    ),
    Fault(
        "F212",
        "batch-error-told-once",
        "agent",
        "only one request of a batch that failed is told so",
        "suites/pipeline/test_batcher.py::test_failure_is_told_to_every_caller",
    ),
    Fault(
        "F213",
        "batcher-takes-everything",
        "agent",
        "whatever is posted is batched",
        "suites/pipeline/test_batcher.py::test_only_predictions_are_batched",
    ),
    Fault(
        "F214",
        "logger-forgets-namespace",
        "agent",
        "events do not name the service's namespace",
        "suites/pipeline/test_logger_events.py::test_events_say_what_they_are_of",
    ),
    Fault(
        "F215",
        "logger-repeats-request",
        "agent",
        "the event of a response has the request in it",
        "suites/pipeline/test_logger_events.py::test_events_hold_what_was_said",
    ),
    Fault(
        "F216",
        "logger-tells-responses",
        "agent",
        "a logger of requests logs responses, too",
        "suites/pipeline/test_logger_events.py::test_request_mode_logs_requests_only",
    ),
    Fault(
        "F217",
        "logger-tells-requests",
        "agent",
        "a logger of responses logs requests, too",
        "suites/pipeline/test_logger_events.py::test_response_mode_logs_responses_only",
    ),
)
