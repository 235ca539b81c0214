"""Seeded defects of services in Standard mode."""

from __future__ import annotations

from kserve_conformance.embedded.faults import Fault

ALL = (
    Fault(
        "F220",
        "standard-unreachable",
        "ingress",
        "the host of a service in Standard mode leads nowhere",
        "suites/standard/test_way_in.py::test_ready_means_it_answers",
        ("suites/standard/test_way_in.py::test_transformer_sees_every_request",),
    ),
    Fault(
        "F221",
        "standard-mode-ignored",
        "controller",
        "a service that asks for Standard mode is deployed on Knative",
        "suites/standard/test_objects.py::test_nothing_of_knative",
        ("suites/standard/test_objects.py::test_host_follows_the_template",),
    ),
    Fault(
        "F222",
        "standard-bounds-lost",
        "controller",
        "the autoscaler's maximum is the service's minimum",
        "suites/standard/test_replicas.py::test_bounds_are_the_autoscalers",
    ),
    Fault(
        "F223",
        "standard-replicas-reset",
        "controller",
        "whatever the autoscaler decides, the controller asks for one replica again",
        "suites/standard/test_replicas.py::test_minimum_is_kept_ready",
    ),
    Fault(
        "F224",
        "standard-zero-taken",
        "controller",
        "a minimum of 0 leaves a service without a pod",
        "suites/standard/test_replicas.py::test_never_without_a_pod",
    ),
    Fault(
        "F225",
        "standard-delete-leaves-children",
        "controller",
        "the Deployment of a service outlives it",
        "suites/standard/test_change.py::test_delete_removes_everything",
    ),
    Fault(
        "F226",
        "standard-stop-ignored",
        "controller",
        "a service that is stopped keeps its pods",
        "suites/standard/test_change.py::test_stopped_service_starts_again",
    ),
    Fault(
        "F227",
        "standard-update-ignored",
        "controller",
        "a changed field never reaches the Deployment",
        "suites/standard/test_change.py::test_changed_field_takes_effect",
    ),
    Fault(
        "F228",
        "standard-transformer-bypassed",
        "ingress",
        "the service's host leads straight to the predictor",
        "suites/standard/test_way_in.py::test_transformer_sees_every_request",
    ),
    Fault(
        "F380",
        "standard-ready-unasked",
        "controller",
        "a component is ready as soon as its Deployment says anything about itself",
        "suites/standard/test_readiness.py::test_predictor_is_ready_with_its_deployment",
    ),
    Fault(
        "F381",
        "standard-template-ignored",
        "controller",
        "the host of a service has a form of the controller's own, whatever the template says",
        "suites/standard/test_objects.py::test_host_follows_the_template",
    ),
    Fault(
        "F382",
        "standard-probe-missing",
        "controller",
        "a model server that says nothing of a readiness probe gets none",
        "suites/standard/test_deployment.py::test_deployment_has_the_defaults",
    ),
)
