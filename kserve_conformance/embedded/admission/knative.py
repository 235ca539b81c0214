"""Knative's webhooks for Services: defaults and validation (serving pkg/apis/serving/v1, pkg/apis/autoscaling)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from kserve_conformance.embedded.admission.autoscaling_annotations import complaints
from kserve_conformance.embedded.admission.names import SERVICE_LABEL, SERVICE_RULE
from kserve_conformance.embedded.apiserver.resources import CONFIG_MAPS
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.errors import ApiError
from kserve_conformance.embedded.objects import Obj

WEBHOOK = "validation.webhook.serving.knative.dev"
SYSTEM = "knative-serving"
DEFAULTS = {
    "revision-timeout-seconds": "300",
    "max-revision-timeout-seconds": "600",
    "container-concurrency": "0",
    "container-concurrency-max-limit": "1000",
}
# Pod fields that need a feature flag (serving pkg/apis/serving/fieldmask.go, pkg/apis/config/features.go).
GUARDED = {
    "nodeSelector": "kubernetes.podspec-nodeselector",
    "affinity": "kubernetes.podspec-affinity",
    "tolerations": "kubernetes.podspec-tolerations",
    "topologySpreadConstraints": "kubernetes.podspec-topologyspreadconstraints",
    "runtimeClassName": "kubernetes.podspec-runtimeclassname",
    "schedulerName": "kubernetes.podspec-schedulername",
    "priorityClassName": "kubernetes.podspec-priorityclassname",
    "hostAliases": "kubernetes.podspec-hostaliases",
    "initContainers": "kubernetes.podspec-init-containers",
    "securityContext": "kubernetes.podspec-securitycontext",
}


class Webhook:
    """Admits Knative Services under the ConfigMaps as they are now."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def admit(self, service: Obj) -> Obj:
        """Raises ApiError 400, as knative.dev/pkg's webhooks answer."""
        defaults = {**DEFAULTS, **self._config("config-defaults")}
        _fill(service, defaults)
        found = sorted(set(self._complaints(service, defaults)))
        if found:
            raise denied("\n".join(found))
        return service

    def _config(self, name: str) -> dict[str, str]:
        config = self._store.find(CONFIG_MAPS, SYSTEM, name)
        data: dict[str, str] = (config or {}).get("data") or {}
        return data

    def _complaints(self, service: Obj, defaults: dict[str, str]) -> Iterator[str]:
        yield from _name(service["metadata"]["name"])
        template = service["spec"]["template"]
        annotations = (template.get("metadata") or {}).get("annotations") or {}
        yield from complaints(annotations, self._config("config-autoscaler"), "spec.template.metadata.annotations")
        spec, longest = template["spec"], int(defaults["max-revision-timeout-seconds"])
        if not 0 <= spec["timeoutSeconds"] <= longest:
            yield f"expected 0 <= {spec['timeoutSeconds']} <= {longest}: spec.template.spec.timeoutSeconds"
        most = int(defaults["container-concurrency-max-limit"])
        if not 0 <= spec["containerConcurrency"] <= most:
            yield f"expected 0 <= {spec['containerConcurrency']} <= {most}: spec.template.spec.containerConcurrency"
        features = self._config("config-features")
        forbidden = [
            f"spec.template.spec.{field}"
            for field, flag in GUARDED.items()
            if spec.get(field) and features.get(flag) not in ("enabled", "allowed")
        ]
        if forbidden:
            yield f"must not set the field(s): {', '.join(sorted(forbidden))}"
        if not spec.get("containers"):
            yield "missing field(s): spec.template.spec.containers"
        yield from _traffic(service["spec"]["traffic"])


def denied(complaint: str, webhook: str = WEBHOOK) -> ApiError:
    message = f'admission webhook "{webhook}" denied the request: validation failed: {complaint}'
    return ApiError(400, "BadRequest", message)


def _fill(service: Obj, defaults: dict[str, str]) -> None:
    spec = service["spec"].setdefault("template", {}).setdefault("spec", {})
    if not spec.get("timeoutSeconds"):
        spec["timeoutSeconds"] = int(defaults["revision-timeout-seconds"])
    if spec.get("containerConcurrency") is None:
        spec["containerConcurrency"] = int(defaults["container-concurrency"])
    spec.setdefault("enableServiceLinks", False)
    containers = spec.get("containers") or []
    for container in containers:
        container.setdefault("resources", {})
        if len(containers) == 1 or container.get("ports"):
            _fill_probe(container)
    if not service["spec"].get("traffic"):
        service["spec"]["traffic"] = [{"latestRevision": True, "percent": 100}]


def _fill_probe(container: Obj) -> None:
    probe = container.setdefault("readinessProbe", {})
    if not any(each in probe for each in ("tcpSocket", "httpGet", "exec", "grpc")):
        probe["tcpSocket"] = {"port": 0}
    probe.setdefault("successThreshold", 1)


def _name(name: str) -> Iterator[str]:
    problems = []
    if not re.fullmatch(SERVICE_LABEL, name):
        problems.append(SERVICE_RULE)
    if len(name) > 63:
        problems.append("must be no more than 63 characters")
    if problems:
        yield f"not a DNS 1035 label: [{' '.join(problems)}]: metadata.name"


def _traffic(targets: Iterable[Obj]) -> Iterator[str]:
    total = 0
    tags: list[str | None] = []
    for index, target in enumerate(targets):
        percent = target.get("percent", 0)
        total += percent
        where = f"spec.traffic[{index}]"
        if not 0 <= percent <= 100:
            yield f"expected 0 <= {percent} <= 100: {where}.percent"
        revision, latest = target.get("revisionName", ""), target.get("latestRevision")
        if latest is not None and bool(revision) == latest:
            text = "true" if latest else "false"
            yield f'may not set revisionName "{revision}" when latestRevision is {text}: {where}.latestRevision'
        tag = target.get("tag")
        if tag and tag in tags:
            yield f'Multiple definitions for "{tag}": spec.traffic[{tags.index(tag)}].tag, {where}.tag'
        tags.append(tag)
    if total != 100:
        yield f"Traffic targets sum to {total}, want 100: spec.traffic"
