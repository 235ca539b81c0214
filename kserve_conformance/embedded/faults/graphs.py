"""Seeded defects of graphs."""

from __future__ import annotations

from kserve_conformance.embedded.faults import Fault

ALL = (
    Fault(
        "F091",
        "graph-wrong-step",
        "router",
        "the steps of a sequence run in the wrong order",
        "suites/pipeline/test_graph.py::test_steps_run_in_order",
        (
            "suites/pipeline/test_graph.py::test_unmet_condition_ends_a_sequence",
            "suites/pipeline/test_graph.py::test_hard_step_ends_a_sequence",
            "suites/pipeline/test_graph.py::test_step_can_be_a_node",
        ),
    ),
    Fault(
        "F200",
        "switch-takes-the-last",
        "router",
        "a switch takes the last step whose condition is met",
        "suites/pipeline/test_graph_switch.py::test_first_condition_that_is_met_decides",
    ),
    Fault(
        "F201",
        "switch-miss-echoed",
        "router",
        "a request that meets no condition of a switch is sent back with 200",
        "suites/pipeline/test_graph_switch.py::test_no_condition_met_is_not_found",
    ),
    Fault(
        "F202",
        "splitter-ignores-weights",
        "router",
        "a splitter gives each step the same share",
        "suites/pipeline/test_graph_splitter.py::test_steps_get_their_weights",
    ),
    Fault(
        "F203",
        "ensemble-loses-a-step",
        "router",
        "what the last step of an ensemble said is left out",
        "suites/pipeline/test_graph_ensemble.py::test_every_answer_is_merged",
    ),
    Fault(
        "F204",
        "ensemble-one-by-one",
        "router",
        "the steps of an ensemble are asked one after the other",
        "suites/pipeline/test_graph_ensemble.py::test_steps_are_asked_at_once",
    ),
    Fault(
        "F205",
        "graph-hides-status",
        "router",
        "a graph answers with 200 whatever its last step answered with",
        "suites/pipeline/test_graph.py::test_status_of_the_last_step",
        ("suites/pipeline/test_graph.py::test_hard_step_ends_a_sequence",),
    ),
    Fault(
        "F206",
        "hard-step-is-soft",
        "router",
        "a sequence goes on after a hard step that failed",
        "suites/pipeline/test_graph.py::test_hard_step_ends_a_sequence",
    ),
    Fault(
        "F207",
        "sequence-ignores-conditions",
        "router",
        "the conditions of a sequence's steps are not looked at",
        "suites/pipeline/test_graph.py::test_unmet_condition_ends_a_sequence",
    ),
    Fault(
        "F208",
        "nested-node-skipped",
        "router",
        "a step that names a node gives its request back",
        "suites/pipeline/test_graph.py::test_step_can_be_a_node",
    ),
    Fault(
        "F209",
        "graph-leaves-its-router",
        "controller",
        "the Knative Service of a graph outlives it",
        "suites/pipeline/test_graph_object.py::test_delete_removes_everything",
    ),
    Fault(
        "F392",
        "graph-passes-all-headers",
        "router",
        "the steps of a graph get every header of its caller's",
        "suites/pipeline/test_graph_headers.py::test_only_named_headers_reach_steps",
    ),
    Fault(
        "F229",
        "graph-validation-off",
        "admission",
        "the webhook that validates graphs lets everything pass",
        "suites/pipeline/test_graph_object.py::test_weights_add_up",
    ),
)
