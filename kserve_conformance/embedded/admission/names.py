"""Kubernetes' own rules for metadata.name (apimachinery pkg/util/validation, pkg/api/validation)."""

from __future__ import annotations

import re

from kserve_conformance.embedded import errors
from kserve_conformance.embedded.apiserver.resources import NAMESPACES, SERVICES, Resource
from kserve_conformance.embedded.objects import Obj

LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
SUBDOMAIN = rf"{LABEL}(\.{LABEL})*"
SERVICE_LABEL = r"[a-z]([-a-z0-9]*[a-z0-9])?"
SUBDOMAIN_RULE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start "
    f"and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '{SUBDOMAIN}')"
)
LABEL_RULE = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with "
    f"an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '{LABEL}')"
)
SERVICE_RULE = (
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, "
    "and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is "
    f"'{SERVICE_LABEL}')"
)


def check(resource: Resource, obj: Obj) -> None:
    """Raises ApiError 422 for a name the API server itself refuses."""
    name = obj["metadata"]["name"]
    pattern, rule, longest = SUBDOMAIN, SUBDOMAIN_RULE, 253
    if resource is NAMESPACES:
        pattern, rule, longest = LABEL, LABEL_RULE, 63
    elif resource is SERVICES:
        pattern, rule, longest = SERVICE_LABEL, SERVICE_RULE, 63
    if not re.fullmatch(pattern, name):
        raise _invalid(resource, name, rule)
    if len(name) > longest:
        raise _invalid(resource, name, f"must be no more than {longest} characters")


def _invalid(resource: Resource, name: str, rule: str) -> errors.ApiError:
    return errors.invalid(resource.group, resource.kind, name, f'metadata.name: Invalid value: "{name}": {rule}')
