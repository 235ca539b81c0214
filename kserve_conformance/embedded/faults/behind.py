"""Seeded defects of what stands behind a service, and of what its status says of that."""

from __future__ import annotations

from kserve_conformance.embedded.faults import Fault

ALL = (
    Fault(
        "F280",
        "service-unlabelled",
        "controller",
        "the Knative Service does not have the service's label",
        "suites/lifecycle/test_behind.py::test_knative_service_has_a_known_name",
    ),
    Fault(
        "F281",
        "host-of-the-predictor",
        "ingress",
        "the URL in the status is the predictor's own",
        "suites/lifecycle/test_behind.py::test_host_is_short",
    ),
    Fault(
        "F283",
        "runtime-unreported",
        "controller",
        "the status does not name the runtime",
        "suites/lifecycle/test_behind.py::test_mode_and_runtime_are_reported",
    ),
    Fault(
        "F292",
        "defaults-not-configured",
        "admission",
        "Knative fills in another timeout than the configured one",
        "suites/lifecycle/test_behind.py::test_revision_has_the_configured_limits",
    ),
    Fault(
        "F284",
        "idle-not-ready",
        "revision",
        "a revision that was scaled to zero is said not to be ready",
        "suites/lifecycle/test_idle.py::test_service_at_zero_is_ready",
    ),
    Fault(
        "F287",
        "progress-deadline-lost",
        "controller",
        "the progress deadline of a service does not reach its revision",
        "suites/lifecycle/test_not_served.py::test_progress_deadline_is_kept",
    ),
    Fault(
        "F288",
        "active-model-forgotten",
        "controller",
        "a change clears what the status says of the model that serves",
        "suites/lifecycle/test_not_served.py::test_old_model_stays_the_active_one",
    ),
    Fault(
        "F289",
        "disabled-runtime-chosen",
        "controller",
        "a runtime that is disabled is chosen as any other",
        "suites/lifecycle/test_choice_of_runtime.py::test_disabled_runtime_is_not_chosen",
    ),
    Fault(
        "F290",
        "priority-ignored",
        "controller",
        "the priority of runtimes is not looked at",
        "suites/lifecycle/test_choice_of_runtime.py::test_higher_priority_is_chosen",
    ),
    Fault(
        "F291",
        "protocol-not-looked-at",
        "controller",
        "a runtime is chosen whatever protocol it speaks",
        "suites/lifecycle/test_choice_of_runtime.py::test_runtime_of_another_protocol_is_not_chosen",
    ),
    Fault(
        "F386",
        "initializer-renamed",
        "admission",
        "the container that fetches a model has a name of its own",
        "suites/lifecycle/test_behind.py::test_pod_has_the_known_containers",
    ),
)
