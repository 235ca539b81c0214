"""Seeded defects of recovery."""

from __future__ import annotations

from kserve_conformance.embedded.faults import Fault

ALL = (
    Fault(
        "F045",
        "stale-endpoint",
        "ingress",
        "the address of a pod that has gone stays among the endpoints",
        "suites/resilience/test_pod_replaced.py::test_replaced_pod_gets_no_traffic",
        (
            "suites/resilience/test_pod_replaced.py::test_deleted_pod_is_replaced",
            "suites/resilience/test_pod_replaced.py::test_killed_pod_is_replaced",
            "suites/resilience/test_pod_replaced.py::test_one_of_two_replicas_can_go",
        ),
    ),
    Fault(
        "F084",
        "restart-loses-model",
        "node",
        "a restarted container finds its model directory empty",
        "suites/resilience/test_container_restarted.py::test_restarted_container_finds_its_model",
    ),
    Fault(
        "F099",
        "capacity-dip",
        "autoscaler",
        "a new autoscaler goes back to the initial scale",
        "suites/resilience/test_components_replaced.py::test_capacity_is_kept",
    ),
    Fault(
        "F101",
        "activator-kill-loses-requests",
        "activator",
        "an activator that is told to stop gives up what it holds",
        "suites/resilience/test_components_replaced.py::test_graceful_stop_loses_nothing",
    ),
    Fault(
        "F161",
        "pod-not-replaced",
        "controller",
        "a pod that has gone is not replaced",
        "suites/resilience/test_pod_replaced.py::test_deleted_pod_is_replaced",
        (
            "suites/resilience/test_pod_replaced.py::test_killed_pod_is_replaced",
            "suites/resilience/test_pod_replaced.py::test_one_of_two_replicas_can_go",
            "suites/resilience/test_pod_replaced.py::test_replaced_pod_gets_no_traffic",
        ),
    ),
    Fault(
        "F162",
        "killed-pod-not-replaced",
        "controller",
        "a pod that was killed without grace is not replaced",
        "suites/resilience/test_pod_replaced.py::test_killed_pod_is_replaced",
    ),
    Fault(
        "F163",
        "leaving-pod-addressed",
        "ingress",
        "a pod that is to go is sent requests until it has gone",
        "suites/resilience/test_pod_replaced.py::test_one_of_two_replicas_can_go",
        ("suites/resilience/test_pod_replaced.py::test_replaced_pod_gets_no_traffic",),
    ),
    Fault(
        "F164",
        "crash-not-restarted",
        "node",
        "a container that has crashed is not started again",
        "suites/resilience/test_container_restarted.py::test_crashed_model_server_is_restarted",
        ("suites/resilience/test_container_restarted.py::test_restarted_container_finds_its_model",),
    ),
    Fault(
        "F179",
        "drain-cut",
        "node",
        "a pod that is deleted is killed with requests inside",
        "suites/resilience/test_pod_replaced.py::test_running_requests_outlive_their_pod",
        ("suites/resilience/test_pod_replaced.py::test_one_of_two_replicas_can_go",),
    ),
    Fault(
        "F184",
        "new-knative-controller-blind",
        "controller",
        "a new pod of the Knative controller does not look at a namespace",
        "suites/resilience/test_components_replaced.py::test_knative_controller_can_be_replaced",
        ("suites/resilience/test_components_replaced.py::test_kserve_controller_can_be_replaced",),
    ),
    Fault(
        "F185",
        "new-kserve-controller-blind",
        "controller",
        "a new pod of the KServe controller does not look at a namespace",
        "suites/resilience/test_components_replaced.py::test_kserve_controller_can_be_replaced",
    ),
    Fault(
        "F340",
        "knative-service-not-restored",
        "controller",
        "a Knative Service that was deleted is not made again",
        "suites/resilience/test_children.py::test_deleted_knative_service_is_made_again",
    ),
    Fault(
        "F355",
        "virtual-service-not-restored",
        "controller",
        "a VirtualService that was deleted is not made again",
        "suites/resilience/test_children.py::test_deleted_route_is_made_again",
    ),
    Fault(
        "F356",
        "drift-kept",
        "controller",
        "what somebody has changed at a Knative Service stays",
        "suites/resilience/test_children.py::test_edited_knative_service_is_put_back",
    ),
    Fault(
        "F357",
        "new-autoscaler-deaf",
        "autoscaler",
        "figures of the load never reach a new autoscaler",
        "suites/resilience/test_components_replaced.py::test_scaling_goes_on",
    ),
    Fault(
        "F362",
        "idle-pod-waits",
        "node",
        "a pod that is to go waits for its grace period with nothing to do",
        "suites/resilience/test_idle_pod.py::test_idle_pod_goes_in_time",
    ),
)
