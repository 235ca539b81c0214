"""The Ingress of a Route: its hosts, and which revisions are behind them (serving pkg/reconciler/route/resources)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from kserve_conformance.embedded.controllers import names, rollout
from kserve_conformance.embedded.controllers.domains import Domains
from kserve_conformance.embedded.controllers.rollout import Rollout, Share
from kserve_conformance.embedded.controllers.traffic import Target, Traffic
from kserve_conformance.embedded.objects import Obj, annotations_of, labels_of, owner_reference

CLASS = "istio.ingress.networking.knative.dev"
TAG_HEADER, DEFAULT_ROUTE_HEADER = "Knative-Serving-Tag", "Knative-Serving-Default-Route"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
NOT_COPIED = (LAST_APPLIED, names.SERVING + "rollout-duration")


def ingress(
    route: Obj, traffic: Traffic, rollouts: Sequence[Rollout], *, domains: Domains, tag_header: bool, http_option: str
) -> Obj:
    meta = route["metadata"]
    groups = traffic.groups()
    paths = {
        tag: {"splits": _splits(meta["namespace"], members, [each for each in rollouts if each.tag == tag])}
        for tag, members in groups.items()
    }
    rules = []
    for tag in groups:
        local = domains.is_local(route, tag)
        ways = _by_header(tag, paths) if tag_header else [paths[tag]]
        rules.append(_rule(names.local_hosts(domains.name(route, tag), meta["namespace"]), "ClusterLocal", ways))
        if not local:
            rules.append(_rule([domains.host(route, tag)], "ExternalIP", ways))
    copied = {name: text for name, text in annotations_of(route).items() if name not in NOT_COPIED}
    return {
        "metadata": {
            "name": meta["name"],
            "namespace": meta["namespace"],
            "labels": {
                **labels_of(route),
                names.ROUTE: meta["name"],
                names.SERVING + "routeNamespace": meta["namespace"],
            },
            "annotations": {
                "networking.knative.dev/ingress.class": CLASS,
                rollout.ANNOTATION: rollout.written(rollouts),
                **copied,
            },
            "ownerReferences": [owner_reference(route)],
        },
        "spec": {"httpOption": http_option, "rules": rules},
    }


def _by_header(tag: str, paths: Mapping[str, Obj]) -> list[Obj]:
    """config-features tag-header-based-routing: a request may name a tag in a header instead of the host."""
    if tag:
        return [{**paths[tag], "appendHeaders": {TAG_HEADER: tag}}]
    tagged = [{**path, "headers": {TAG_HEADER: {"exact": name}}} for name, path in paths.items() if name]
    return [*tagged, {**paths[""], "appendHeaders": {DEFAULT_ROUTE_HEADER: "true"}}]


def _splits(namespace: str, targets: Iterable[Target], rollouts: Sequence[Rollout]) -> list[Obj]:
    splits = []
    for target in targets:
        going = next((each for each in rollouts if target.latest and each.configuration == target.configuration), None)
        shares = [Share(target.revision, target.percent)]
        if going is not None and not going.done:
            shares = list(going.shares)
        splits += [_split(namespace, each) for each in shares if target.percent]
    return splits


def _split(namespace: str, share: Share) -> Obj:
    return {
        "serviceName": share.revision,
        "serviceNamespace": namespace,
        "servicePort": 80,
        "percent": share.percent,
        "appendHeaders": {"Knative-Serving-Namespace": namespace, "Knative-Serving-Revision": share.revision},
    }


def _rule(hosts: list[str], visibility: str, paths: list[Obj]) -> Obj:
    return {"hosts": hosts, "visibility": visibility, "http": {"paths": paths}}
