"""What a request path names: a resource, perhaps a namespace, a name and a subresource."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from kserve_conformance.embedded import errors
from kserve_conformance.embedded.apiserver.resources import Registry, Resource
from kserve_conformance.embedded.objects import Obj

NAMESPACE_SUBRESOURCES = ("status", "finalize")


@dataclass(frozen=True)
class Target:
    """`resource` is where objects are stored, `served` the version the client asked for."""

    resource: Resource
    served: Resource
    namespace: str | None
    name: str
    subresource: str

    @property
    def place(self) -> str:
        """The namespace of one object; empty for cluster-scoped ones."""
        return self.namespace or ""

    def outgoing(self, obj: Obj) -> Obj:
        """The object in the version that was asked for: without a conversion, only its name differs."""
        if self.served is self.resource or obj["apiVersion"] == self.served.api_version:
            return obj
        return {**obj, "apiVersion": self.served.api_version}


def resolve(registry: Registry, path: str) -> Target:
    """Raises ApiError 404 for a path that names nothing served."""
    group, version, rest = _group_version(path)
    namespace: str | None = None
    if rest[:1] == ["namespaces"] and len(rest) > 2 and not (group == "" and _of_namespace(rest)):
        namespace, rest = rest[1], rest[2:]
    if not rest or len(rest) > 3:
        raise nothing_here()
    plural, name, subresource = (*rest, "", "")[:3]
    served = registry.find(group, version, plural)
    if served is None or (subresource and subresource not in served.subresources):
        raise nothing_here()
    if served.namespaced == (namespace is None) and (name or not served.namespaced):
        raise nothing_here()
    return Target(registry.storage(served), served, namespace, name, subresource)


def _group_version(path: str) -> tuple[str, str, list[str]]:
    parts = path.strip("/").split("/")
    if parts[0] == "api" and len(parts) >= 3:
        return "", parts[1], parts[2:]
    if parts[0] == "apis" and len(parts) >= 4:
        return parts[1], parts[2], parts[3:]
    raise nothing_here()


def _of_namespace(rest: list[str]) -> bool:
    return len(rest) == 3 and rest[2] in NAMESPACE_SUBRESOURCES


def number(query: Mapping[str, str], name: str) -> int | None:
    """A whole number of the query, None when it is not there. Raises ApiError 400 for anything else."""
    text = query.get(name)
    if not text:
        return None
    if not re.fullmatch("-?[0-9]{1,18}", text):
        raise errors.bad_request(f'{name}: strconv.ParseInt: parsing "{text}": invalid syntax')
    return int(text)


def nothing_here() -> errors.ApiError:
    return errors.ApiError(404, "NotFound", "the server could not find the requested resource")
