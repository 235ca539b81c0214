"""Label and field selectors (apimachinery pkg/labels and pkg/fields)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from kserve_conformance.embedded import errors
from kserve_conformance.embedded.apiserver.resources import (
    EVENTS,
    NAMESPACES,
    NODES,
    PODS,
    REPLICA_SETS,
    SECRETS,
    SERVICES,
    Resource,
)
from kserve_conformance.embedded.objects import Obj, labels_of

Predicate = Callable[[Obj], bool]
EVERY_KIND = ("metadata.name", "metadata.namespace")
ABOUT = ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")
# kubernetes pkg/apis/core/v1/conversion.go
FIELDS: dict[Resource, tuple[str, ...]] = {
    PODS: (
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.schedulerName",
        "spec.serviceAccountName",
        "spec.hostNetwork",
        "status.phase",
        "status.podIP",
        "status.nominatedNodeName",
    ),
    EVENTS: (*(f"involvedObject.{name}" for name in ABOUT), "reason", "reportingComponent", "source", "type"),
    NAMESPACES: ("status.phase",),
    NODES: ("spec.unschedulable",),
    SECRETS: ("type",),
    SERVICES: ("spec.clusterIP", "spec.type"),
    REPLICA_SETS: ("status.replicas",),
}
SET_BASED = re.compile(r"^\s*(\S+)\s+(in|notin)\s+\(([^)]*)\)\s*$")
LABEL_NAME = re.compile(r"([a-zA-Z0-9.-]+/)?[a-zA-Z0-9]([-\w.]*[a-zA-Z0-9])?")
TERMS = re.compile(r",(?![^(]*\))")


def label_selector(text: str) -> Predicate:
    """Raises ApiError 400 for what it cannot read."""
    return _all(_label_term(term) for term in TERMS.split(text) if term.strip())


def field_selector(text: str, resource: Resource) -> Predicate:
    """Equality on the fields the API server offers for a kind. Raises ApiError 400 for any other field."""
    terms = [term for term in text.split(",") if term.strip()]
    for term in terms:
        name = re.split("!=|==?", term, maxsplit=1)[0].strip()
        if name not in EVERY_KIND and name not in FIELDS.get(resource, ()):
            raise errors.bad_request(f"field label not supported: {name}")
    return _all(_field_term(term) for term in terms)


def _all(terms: Any) -> Predicate:
    predicates = list(terms)
    return lambda obj: all(each(obj) for each in predicates)


def _label_term(term: str) -> Predicate:
    found = SET_BASED.match(term)
    if found:
        name, values = found[1], {each.strip() for each in found[3].split(",")}
        inside = found[2] == "in"
        return lambda obj: (name in labels_of(obj) and labels_of(obj)[name] in values) == inside
    term = term.strip()
    if "!=" in term:
        name, _, value = term.partition("!=")
        return lambda obj: labels_of(obj).get(name.strip()) != value.strip()
    if "=" in term:
        name, value = re.split("==?", term, maxsplit=1)
        return lambda obj: labels_of(obj).get(name.strip()) == value.strip()
    if term.startswith("!"):
        return lambda obj: term[1:].strip() not in labels_of(obj)
    if not LABEL_NAME.fullmatch(term):
        raise errors.bad_request(f"unable to parse requirement: {term!r}")
    return lambda obj: term in labels_of(obj)


def _field_term(term: str) -> Predicate:
    negated = "!=" in term
    path, value = (part.strip() for part in re.split("!=|==?", term, maxsplit=1))
    names = path.split(".")

    def matches(obj: Obj) -> bool:
        current: Any = obj
        for name in names:
            current = current.get(name) if isinstance(current, dict) else None
        return (str(current if current is not None else "") == value) != negated

    return matches
