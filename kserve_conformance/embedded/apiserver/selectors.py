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
NAME_RULE = (
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character "
    "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)
VALUE_RULE = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)
WORD = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
PREFIX = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
LONGEST = 63
PLAIN = r"[^\s!=,()<>]+"
# In the grammar of apimachinery pkg/labels/selector.go: a key, `!key`, `key op value`, `key in (values)`.
REQUIREMENT = re.compile(
    rf"\s*(?:(?P<absent>!)\s*(?P<missing>{PLAIN})|(?P<key>{PLAIN})"
    rf"(?:\s*(?P<op>==|=|!=|>|<)\s*(?P<value>(?:{PLAIN})?)|\s+(?P<set>in|notin)\s*\((?P<values>[^()]*)\))?)\s*"
)
TERMS = re.compile(r",(?![^(]*\))")


def label_selector(text: str) -> Predicate:
    """Raises ApiError 400 for what it cannot read."""
    return _all(_label_term(term) for term in TERMS.split(text) if term.strip())


def field_selector(text: str, resource: Resource) -> Predicate:
    """Equality on the fields the API server offers for a kind. Raises ApiError 400 for any other field."""
    terms = [term for term in text.split(",") if term.strip()]
    for term in terms:
        name, *value = (part.strip() for part in re.split("!=|==?", term, maxsplit=1))
        if not value:
            raise errors.bad_request(f"invalid selector: '{text}'; can't understand '{term}'")
        if name not in EVERY_KIND and name not in FIELDS.get(resource, ()):
            raise errors.bad_request(f"field label not supported: {name}")
    return _all(_field_term(term) for term in terms)


def _all(terms: Any) -> Predicate:
    predicates = list(terms)
    return lambda obj: all(each(obj) for each in predicates)


def _label_term(term: str) -> Predicate:
    found = REQUIREMENT.fullmatch(term)
    if found is None:
        raise errors.bad_request(f"unable to parse requirement: found '{term.strip()}', expected: identifier")
    name = found["missing"] or found["key"]
    _check_key(name)
    if found["absent"]:
        return lambda obj: name not in labels_of(obj)
    if found["set"]:
        values, inside = {each.strip() for each in found["values"].split(",")}, found["set"] == "in"
        _check_values(name, sorted(values))
        return lambda obj: (name in labels_of(obj) and labels_of(obj)[name] in values) == inside
    operator, value = found["op"], found["value"]
    if operator in (">", "<"):
        return _compared(name, operator, value)
    if operator is None:
        return lambda obj: name in labels_of(obj)
    _check_values(name, [value])
    return lambda obj: (labels_of(obj).get(name) == value) == (operator != "!=")


def _compared(name: str, operator: str, value: str) -> Predicate:
    if not re.fullmatch("-?[0-9]+", value):
        why = f"values[0][{name}]: Invalid value: \"{value}\": for 'Gt', 'Lt' operators, the value must be an integer"
        raise errors.bad_request(f"unable to parse requirement: {why}")

    def holds(obj: Obj) -> bool:
        label = labels_of(obj).get(name, "")
        if not re.fullmatch("-?[0-9]+", label):
            return False
        return int(label) > int(value) if operator == ">" else int(label) < int(value)

    return holds


def _check_key(name: str) -> None:
    prefix, slash, word = name.rpartition("/")
    why = ""
    if slash and not PREFIX.fullmatch(prefix):
        why = (
            "prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.'"
        )
    elif not WORD.fullmatch(word):
        why = f"name part {NAME_RULE}"
    elif len(word) > LONGEST:
        why = f"name part must be no more than {LONGEST} characters"
    if why:
        raise errors.bad_request(f'unable to parse requirement: <nil>: Invalid value: "{name}": {why}')


def _check_values(name: str, values: list[str]) -> None:
    for index, value in enumerate(values):
        why = f"must be no more than {LONGEST} characters" if len(value) > LONGEST else VALUE_RULE
        if len(value) > LONGEST or (value and not WORD.fullmatch(value)):
            raise errors.bad_request(
                f'unable to parse requirement: values[{index}][{name}]: Invalid value: "{value}": {why}'
            )


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
