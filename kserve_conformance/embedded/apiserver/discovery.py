"""Which groups, versions and resources there are: legacy and aggregated discovery."""

from __future__ import annotations

import re
from collections.abc import Iterable

from kserve_conformance.embedded.apiserver import reviews
from kserve_conformance.embedded.apiserver.resources import Registry, Resource
from kserve_conformance.embedded.objects import Obj

# In the order in which a cluster's own groups come before the others.
OWN_GROUPS = (
    "apiregistration.k8s.io",
    "apps",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "networking.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "storage.k8s.io",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "scheduling.k8s.io",
    "coordination.k8s.io",
    "node.k8s.io",
    "discovery.k8s.io",
)
VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
# Groups whose resources are questions, not objects.
REVIEWS: dict[tuple[str, str], list[str]] = {}
for (_group, _version, _), _kind in reviews.KINDS.items():
    REVIEWS.setdefault((_group, _version), []).append(_kind)
SUBRESOURCE_KINDS = {
    "scale": {"kind": "Scale", "group": "autoscaling", "version": "v1"},
    "eviction": {"kind": "Eviction", "group": "policy", "version": "v1"},
}
SUBRESOURCE_VERBS = {
    "log": ["get"],
    "eviction": ["create"],
    "finalize": ["update"],
    "attach": ["create", "get"],
    "exec": ["create", "get"],
    "portforward": ["create", "get"],
    "proxy": ["create", "delete", "get", "patch", "update"],
}
CORE_VERSIONS: Obj = {
    "kind": "APIVersions",
    "versions": ["v1"],
    "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": "127.0.0.1"}],
}


def group_versions(registry: Registry) -> dict[str, list[str]]:
    """Versions of every group, the core group ("") left out; both in the order a cluster has them."""
    found: dict[str, set[str]] = {name: {version} for name, version in REVIEWS}
    for each in registry:
        if each.group:
            found.setdefault(each.group, set()).add(each.version)
    groups = sorted(found, key=lambda name: (OWN_GROUPS.index(name) if name in OWN_GROUPS else len(OWN_GROUPS), name))
    return {name: sorted(found[name], key=_maturity) for name in groups}


def _maturity(version: str) -> tuple[int, int, int]:
    """Stable before beta before alpha, newer before older (apimachinery pkg/version CompareKubeAwareVersionStrings)."""
    parts = re.fullmatch(r"v(\d+)(?:(alpha|beta)(\d+))?", version)
    if parts is None:
        return (3, 0, 0)
    stage = {None: 0, "beta": 1, "alpha": 2}[parts[2]]
    return (stage, -int(parts[1]), -int(parts[3] or 0))


def _resources(registry: Registry, group: str, version: str) -> list[Resource]:
    found = [each for each in registry if (each.group, each.version) == (group, version)]
    return sorted(found, key=lambda each: each.plural)


def resource_list(registry: Registry, group: str, version: str) -> Obj | None:
    """The legacy APIResourceList of one group version; None when there is no such."""
    entries = [entry for each in _resources(registry, group, version) for entry in _entries(each)]
    entries += [_review(kind) for kind in REVIEWS.get((group, version), ())]
    if not entries:
        return None
    name = f"{group}/{version}" if group else version
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": name, "resources": entries}


def group(registry: Registry, name: str) -> Obj | None:
    versions = group_versions(registry).get(name)
    if versions is None:
        return None
    named = [{"groupVersion": f"{name}/{each}", "version": each} for each in versions]
    return {"kind": "APIGroup", "apiVersion": "v1", "name": name, "versions": named, "preferredVersion": named[0]}


def group_list(registry: Registry) -> Obj:
    groups = [group(registry, name) for name in group_versions(registry)]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}


def aggregated(registry: Registry, *, core: bool) -> Obj:
    """One document for everything (apidiscovery.k8s.io/v2)."""
    groups = {"": ["v1"]} if core else group_versions(registry)
    items = []
    for name, versions in groups.items():
        found = []
        for version in versions:
            entries = [_aggregated_entry(each) for each in _resources(registry, name, version)]
            entries += [_aggregated_review(kind, name, version) for kind in REVIEWS.get((name, version), ())]
            found.append({"version": version, "freshness": "Current", "resources": entries})
        items.append({"metadata": {"name": name} if name else {"creationTimestamp": None}, "versions": found})
    return {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items}


def _entries(resource: Resource) -> Iterable[Obj]:
    yield {
        "name": resource.plural,
        "singularName": resource.singular,
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": VERBS,
        "shortNames": list(resource.short_names),
        "categories": list(resource.categories),
    }
    for each in resource.subresources:
        yield {
            "name": f"{resource.plural}/{each}",
            "singularName": "",
            "namespaced": resource.namespaced,
            "verbs": SUBRESOURCE_VERBS.get(each, ["get", "patch", "update"]),
            **_subresource_kind(resource, each),
        }


def _subresource_kind(resource: Resource, name: str) -> Obj:
    return SUBRESOURCE_KINDS.get(name, {"kind": resource.kind})


def _aggregated_entry(resource: Resource) -> Obj:
    return {
        "resource": resource.plural,
        "responseKind": {"group": resource.group, "version": resource.version, "kind": resource.kind},
        "scope": "Namespaced" if resource.namespaced else "Cluster",
        "singularResource": resource.singular,
        "verbs": VERBS,
        "shortNames": list(resource.short_names),
        "categories": list(resource.categories),
        "subresources": [
            {
                "subresource": each,
                "responseKind": {"group": "", "version": "", **_subresource_kind(resource, each)},
                "verbs": SUBRESOURCE_VERBS.get(each, ["get", "patch", "update"]),
            }
            for each in resource.subresources
        ],
    }


def _review(kind: str) -> Obj:
    return {
        "name": kind.lower() + "s",
        "singularName": kind.lower(),
        "namespaced": False,
        "kind": kind,
        "verbs": ["create"],
    }


def _aggregated_review(kind: str, group: str, version: str) -> Obj:
    return {
        "resource": kind.lower() + "s",
        "responseKind": {"group": group, "version": version, "kind": kind},
        "scope": "Cluster",
        "singularResource": kind.lower(),
        "verbs": ["create"],
    }
