"""What a cluster does with an object before it stores it: defaults, schemas, and the webhooks of KServe and Knative.

A real API server calls mutating webhooks, checks the schema, then calls validating webhooks. Here all of it happens
in the same process, in the same order.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from kserve_conformance.embedded.admission import (
    config_maps,
    domain_mappings,
    graphs,
    isvc_defaults,
    isvc_schema,
    knative,
    knative_template,
    names,
    offered,
    pods,
    runtimes,
)
from kserve_conformance.embedded.admission.isvc_validation import Validator
from kserve_conformance.embedded.admission.webhooks import DEFAULTER, Webhooks, untrusted
from kserve_conformance.embedded.apiserver.resources import (
    CLUSTER_SERVING_RUNTIMES,
    CONFIG_MAPS,
    CONFIGURATIONS,
    DOMAIN_MAPPINGS,
    INFERENCE_GRAPHS,
    INFERENCE_SERVICES,
    KNATIVE_SERVICES,
    NAMESPACES,
    PODS,
    REVISIONS,
    ROUTES,
    SERVING_RUNTIMES,
    Resource,
)
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.components import Components
from kserve_conformance.embedded.faults import Faults
from kserve_conformance.embedded.objects import Obj, annotations_of, is_terminating
from kserve_conformance.embedded.stacks import Stack

# What Knative's webhook fills in under defect F292, whatever config-defaults says.
OTHER_DEFAULTS = {**knative_template.DEFAULTS, "revision-timeout-seconds": "42"}
Step = Callable[[Obj, Obj | None], Obj]

# By the knob of a fault, the field whose unknown values are not refused, and what they are taken for.
MISREAD = {
    "unknown-metric-misread": ("scaleMetric", "concurrency"),  # F230
    "unknown-logger-mode-misread": ("logger.mode", "all"),  # F235
}


class Admission:
    """The Store's admission: one step for each kind that anybody has rules about."""

    def __init__(self, store: Store, stack: Stack, faults: Faults) -> None:
        self._stack = stack
        self._faults = faults
        self._webhooks: Webhooks | None = None
        self._validator = Validator(stack, faults)
        self._knative = knative.Webhook(store, faults)
        self._steps: dict[Resource, Step] = {
            INFERENCE_SERVICES: self._inference_service,
            INFERENCE_GRAPHS: lambda graph, _: self._graph(graph),
            **{each: self._knative_step(each) for each in (KNATIVE_SERVICES, CONFIGURATIONS, ROUTES, REVISIONS)},
            DOMAIN_MAPPINGS: domain_mappings.admit,
            CONFIG_MAPS: lambda config_map, _: config_maps.admit(config_map, faults),
            PODS: pods.Mutator(store, stack, faults).admit,
            NAMESPACES: lambda namespace, _: _namespace(namespace),
        }
        if stack.runtime_priority:
            for resource in (SERVING_RUNTIMES, CLUSTER_SERVING_RUNTIMES):
                self._steps[resource] = _runtime_step(runtimes.Validator(store, resource, faults))

    def answered_by(self, components: Components) -> None:
        """From now on: while a platform is being installed nobody answers yet."""
        self._webhooks = Webhooks(components, self._stack, self._faults)

    def admit(self, resource: Resource, obj: Obj, old: Obj | None) -> Obj:
        if old is None:
            offered.check_kind(resource)
            names.check(resource, obj)
        if self._webhooks is not None and not is_terminating(obj):
            self._webhooks.check(resource, obj, old)
            if resource is INFERENCE_SERVICES and self._faults.fires(
                "webhook-certificate-wrong", obj["metadata"]["namespace"]
            ):  # F016
                raise untrusted(DEFAULTER)
        step = self._steps.get(resource)
        return step(obj, old) if step else obj

    def _knative_step(self, resource: Resource) -> Step:
        def step(obj: Obj, old: Obj | None) -> Obj:
            if is_terminating(obj):
                return obj
            if resource is KNATIVE_SERVICES and self._faults.fires("defaults-not-configured", _place(obj)):  # F292
                knative_template.fill(obj["spec"]["template"], OTHER_DEFAULTS)
            return self._knative.admit(resource, obj, old)

        return step

    def _inference_service(self, isvc: Obj, old: Obj | None) -> Obj:
        namespace = isvc["metadata"]["namespace"]
        isvc_schema.check_types(isvc)
        for knob, (field, instead) in MISREAD.items():
            misread = isvc_schema.with_known(isvc, field, instead)
            if misread != isvc and self._faults.fires(knob, namespace):
                isvc = misread
        if not self._faults.fires("defaulting-off", namespace):  # F014
            isvc = isvc_defaults.fill(isvc, self._stack)
        if self._faults.fires("defaulting-never-settles", namespace):  # F131
            isvc["metadata"]["annotations"] = {**annotations_of(isvc), "example.com/admitted": str(time.time_ns())}
        isvc_schema.check_values(isvc)
        if is_terminating(isvc):
            return isvc
        # F011: the validating webhook lets everything pass. What the platform cannot do is refused all the same.
        if not self._faults.fires("validation-off", namespace):
            self._validator.check(isvc, old)
        offered.check(isvc)
        return isvc

    def _graph(self, graph: Obj) -> Obj:
        if self._faults.fires("graph-validation-off", graph["metadata"]["namespace"]):  # F229
            return graph
        return graphs.admit(graph, self._faults)


def _runtime_step(validator: runtimes.Validator) -> Step:
    return lambda runtime, _: validator.admit(runtime)


def _place(obj: Obj) -> str:
    return str(obj["metadata"]["namespace"])


def _namespace(namespace: Obj) -> Obj:
    """The label every namespace carries (kubernetes pkg/registry/core/namespace)."""
    meta = namespace["metadata"]
    meta["labels"] = {**(meta.get("labels") or {}), "kubernetes.io/metadata.name": meta["name"]}
    return namespace


def install(store: Store, stack: Stack, faults: Faults) -> Admission:
    """Puts the rules of one stack in front of the store."""
    store.admission = Admission(store, stack, faults)
    return store.admission
