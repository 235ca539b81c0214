"""What a cluster does with an object before it stores it: defaults, schemas, and the webhooks of KServe and Knative.

A real API server calls mutating webhooks, checks the schema, then calls validating webhooks. Here all of it happens
in the same process, in the same order.
"""

from __future__ import annotations

from collections.abc import Callable

from kserve_conformance.embedded.admission import (
    config_maps,
    isvc_defaults,
    isvc_schema,
    knative,
    names,
    offered,
    pods,
    runtimes,
)
from kserve_conformance.embedded.admission.isvc_validation import Validator
from kserve_conformance.embedded.apiserver.resources import (
    CLUSTER_SERVING_RUNTIMES,
    CONFIG_MAPS,
    INFERENCE_SERVICES,
    KNATIVE_SERVICES,
    NAMESPACES,
    PODS,
    SERVING_RUNTIMES,
    Resource,
)
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.faults import Faults
from kserve_conformance.embedded.objects import Obj, is_terminating
from kserve_conformance.embedded.stacks import Stack

Step = Callable[[Obj, Obj | None], Obj]


class Admission:
    """The Store's admission: one step for each kind that anybody has rules about."""

    def __init__(self, store: Store, stack: Stack, faults: Faults) -> None:
        self._stack = stack
        self._faults = faults
        self._validator = Validator(stack)
        self._knative = knative.Webhook(store)
        self._steps: dict[Resource, Step] = {
            INFERENCE_SERVICES: self._inference_service,
            KNATIVE_SERVICES: lambda service, _: self._knative.admit(service),
            CONFIG_MAPS: lambda config_map, _: config_maps.admit(config_map),
            PODS: pods.Mutator(stack).admit,
            NAMESPACES: lambda namespace, _: _namespace(namespace),
        }
        if stack.runtime_priority:
            for resource in (SERVING_RUNTIMES, CLUSTER_SERVING_RUNTIMES):
                self._steps[resource] = _runtime_step(runtimes.Validator(store, resource))

    def admit(self, resource: Resource, obj: Obj, old: Obj | None) -> Obj:
        if old is None:
            offered.check_kind(resource)
            names.check(resource, obj)
        step = self._steps.get(resource)
        return step(obj, old) if step else obj

    def _inference_service(self, isvc: Obj, old: Obj | None) -> Obj:
        isvc_schema.check_types(isvc)
        isvc = isvc_defaults.fill(isvc, self._stack)
        isvc_schema.check_values(isvc)
        if is_terminating(isvc):
            return isvc
        # F011: the validating webhook lets everything pass. What the platform cannot do is refused all the same.
        if not self._faults.fires("validation-off", isvc["metadata"]["namespace"]):
            self._validator.check(isvc, old)
        offered.check(isvc)
        return isvc


def _runtime_step(validator: runtimes.Validator) -> Step:
    return lambda runtime, _: validator.admit(runtime)


def _namespace(namespace: Obj) -> Obj:
    """The label every namespace carries (kubernetes pkg/registry/core/namespace)."""
    meta = namespace["metadata"]
    meta["labels"] = {**(meta.get("labels") or {}), "kubernetes.io/metadata.name": meta["name"]}
    return namespace


def install(store: Store, stack: Stack, faults: Faults) -> Admission:
    """Puts the rules of one stack in front of the store."""
    store.admission = Admission(store, stack, faults)
    return store.admission
