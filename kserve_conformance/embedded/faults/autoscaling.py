"""Seeded defects of scaling."""

from __future__ import annotations

from kserve_conformance.embedded.faults import Fault

ALL = (
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
        (
            "suites/autoscaling/test_cold_start.py::test_burst_from_zero_is_answered_whole",
            "suites/autoscaling/test_cold_start.py::test_first_answer_comes_from_a_loaded_model",
        ),
    ),
    Fault(
        "F057",
        "panic-never",
        "autoscaler",
        "the panic window is ignored",
        "suites/autoscaling/test_panic.py::test_burst_is_met_within_the_panic_window",
    ),
    Fault(
        "F050",
        "zero-too-early",
        "autoscaler",
        "windows are taken for a second: pods go as soon as a service is idle",
        "suites/autoscaling/test_scale_to_zero.py::test_not_before_the_stable_window",
    ),
    Fault(
        "F051",
        "zero-before-first-ready",
        "autoscaler",
        "pods that are not ready within a stable window are taken away",
        "suites/autoscaling/test_scale_to_zero.py::test_slow_start_is_waited_for",
    ),
    Fault(
        "F053",
        "cold-burst-lost",
        "activator",
        "of many requests at zero only some are held",
        "suites/autoscaling/test_cold_start.py::test_burst_from_zero_is_answered_whole",
    ),
    Fault(
        "F054",
        "cold-model-not-ready",
        "queue proxy",
        "a pod is ready before its model server listens",
        "suites/autoscaling/test_cold_start.py::test_first_answer_comes_from_a_loaded_model",
        (
            "suites/autoscaling/test_cold_start.py::test_first_request_is_answered",
            "suites/autoscaling/test_cold_start.py::test_burst_from_zero_is_answered_whole",
            "suites/autoscaling/test_cold_start.py::test_wakes_with_its_activation_scale",
        ),
    ),
    Fault(
        "F056",
        "never-scales-up",
        "autoscaler",
        "figures of the load never arrive",
        "suites/autoscaling/test_concurrency.py::test_load_adds_replicas",
        (
            "suites/autoscaling/test_concurrency.py::test_rate_adds_replicas",
            "suites/autoscaling/test_concurrency.py::test_steady_load_means_steady_replicas",
        ),
    ),
    Fault(
        "F059",
        "flapping",
        "autoscaler",
        "every second decision is two pods too high",
        "suites/autoscaling/test_concurrency.py::test_steady_load_means_steady_replicas",
        strength="1/2",
    ),
    Fault(
        "F060",
        "max-ignored",
        "controller",
        "maxReplicas is not passed on",
        "suites/autoscaling/test_bounds.py::test_never_more_than_max",
    ),
    Fault(
        "F061",
        "min-ignored",
        "controller",
        "minReplicas is lost when a service is updated",
        "suites/autoscaling/test_bounds.py::test_never_fewer_than_min",
    ),
    Fault(
        "F062",
        "concurrency-not-enforced",
        "queue proxy",
        "more requests than containerConcurrency are let through",
        "suites/autoscaling/test_concurrency.py::test_hard_limit_holds",
    ),
    Fault(
        "F064",
        "drain-cut",
        "node",
        "a pod that is to go is killed with requests inside",
        "suites/autoscaling/test_scale_down.py::test_running_requests_are_finished",
    ),
    Fault(
        "F151",
        "default-minimum-lost",
        "controller",
        "a service without minReplicas gets a minimum of zero",
        "suites/autoscaling/test_scale_to_zero.py::test_service_without_minimum_keeps_a_pod",
    ),
    Fault(
        "F152",
        "initial-scale-lost",
        "controller",
        "the initial scale is not passed on",
        "suites/autoscaling/test_bounds.py::test_starts_with_its_initial_scale",
    ),
    Fault(
        "F153",
        "scale-metric-lost",
        "controller",
        "scaleMetric is not passed on, requests per second count as concurrency",
        "suites/autoscaling/test_concurrency.py::test_rate_adds_replicas",
    ),
    Fault(
        "F154",
        "waiting-refused",
        "activator",
        "requests that find every pod full are refused",
        "suites/autoscaling/test_concurrency.py::test_requests_beyond_the_limit_wait",
    ),
    Fault(
        "F155",
        "activation-scale-ignored",
        "autoscaler",
        "a service wakes with one pod whatever its activation scale says",
        "suites/autoscaling/test_cold_start.py::test_wakes_with_its_activation_scale",
    ),
)
