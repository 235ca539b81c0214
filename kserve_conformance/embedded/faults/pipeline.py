"""Seeded defects of transformers, loggers, batchers and graphs."""

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
        "F091",
        "graph-wrong-step",
        "router",
        "the steps of a sequence run in the wrong order",
        "suites/pipeline/test_graph.py::test_steps_run_in_order",
    ),
    Fault(
        "F144",
        "explainer-bypassed",
        "ingress",
        "requests for explanations go where predictions go",
        "suites/pipeline/test_transformer.py::test_explanations_come_from_the_explainer",
    ),
    Fault(
        "F320",
        "transformer-keeps-headers",
        "model server",
        "the SDK's transformer passes no header on",
        "suites/pipeline/test_sdk_transformer.py::test_headers_are_passed_on",
    ),
    Fault(
        "F329",
        "transformer-hides-failures",
        "model server",
        "the SDK's transformer predicts nothing when the predictor fails",
        "suites/pipeline/test_sdk_transformer.py::test_failure_is_told",
    ),
    Fault(
        "F330",
        "collocated-transformer-bypassed",
        "queue proxy",
        "the queue proxy leads to the predictor, past the transformer in its pod",
        "suites/pipeline/test_collocated.py::test_collocated_transformer_sees_every_request",
    ),
    Fault(
        "F360",
        "explainer-takes-more",
        "ingress",
        "whatever has explain in its path goes to the explainer",
        "suites/pipeline/test_transformer.py::test_explanations_come_from_the_explainer",
    ),
)
