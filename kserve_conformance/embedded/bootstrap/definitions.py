"""CustomResourceDefinitions of the kinds the platform serves, and of those it only names."""

from __future__ import annotations

from collections.abc import Iterator

from kserve_conformance.embedded.apiserver.resources import PLATFORM, Registry, Resource
from kserve_conformance.embedded.bootstrap import files
from kserve_conformance.embedded.objects import Obj, now
from kserve_conformance.embedded.stacks import Stack


def crds(registry: Registry, stack: Stack) -> Iterator[Obj]:
    served = [each for each in registry if each in PLATFORM]
    for resource in (*served, *_only_named(stack)):
        yield _crd(resource)


def _only_named(stack: Stack) -> Iterator[Resource]:
    for each in files.for_stack(files.read("more_crds.yaml"), stack):
        yield Resource(
            each["group"],
            each["version"],
            each["kind"],
            each["plural"],
            namespaced=each.get("namespaced", True),
            short_names=tuple(each.get("short_names", ())),
        )


def _crd(resource: Resource) -> Obj:
    names: Obj = {
        "plural": resource.plural,
        "singular": resource.singular,
        "kind": resource.kind,
        "listKind": f"{resource.kind}List",
    }
    optional = {"shortNames": list(resource.short_names), "categories": list(resource.categories)}
    names |= {name: value for name, value in optional.items() if value}
    version: Obj = {
        "name": resource.version,
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
    }
    if "status" in resource.subresources:
        version["subresources"] = {"status": {}}
    if resource.columns:
        version["additionalPrinterColumns"] = [
            {"name": each.name, "type": each.type, "jsonPath": each.path}
            | ({"priority": each.priority} if each.priority else {})
            for each in resource.columns
        ]
    return {
        "metadata": {"name": f"{resource.plural}.{resource.group}"},
        "spec": {
            "group": resource.group,
            "names": names,
            "scope": "Namespaced" if resource.namespaced else "Cluster",
            "versions": [version],
            "conversion": {"strategy": "None"},
        },
        "status": {
            "conditions": [
                _condition("NamesAccepted", "NoConflicts", "no conflicts found"),
                _condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
            ],
            "acceptedNames": names,
            "storedVersions": [resource.version],
        },
    }


def _condition(kind: str, reason: str, message: str) -> Obj:
    return {"type": kind, "status": "True", "lastTransitionTime": now(), "reason": reason, "message": message}
