"""Knative's webhooks for Services, Configurations, Routes, Revisions and DomainMappings: defaults, then validation.

serving pkg/apis/serving/v1 and metadata_validation.go, knative.dev/pkg apis/metadata_validation.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kserve_conformance.embedded.admission import knative_template, knative_traffic
from kserve_conformance.embedded.admission.autoscaling_annotations import GROUP, complaints
from kserve_conformance.embedded.admission.names import SERVICE_LABEL, SERVICE_RULE
from kserve_conformance.embedded.apiserver.resources import CONFIG_MAPS, CONFIGURATIONS, REVISIONS, ROUTES, Resource
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.autoscaler.config import seconds
from kserve_conformance.embedded.errors import ApiError
from kserve_conformance.embedded.faults import Faults
from kserve_conformance.embedded.objects import Obj, annotations_of, labels_of

WEBHOOK = "validation.webhook.serving.knative.dev"
SYSTEM = "knative-serving"
LONGEST = 63  # of a DNS label
SERVING = "serving.knative.dev/"
CREATOR, LAST_MODIFIER = SERVING + "creator", SERVING + "lastModifier"
USER = "kubernetes-admin"
KSERVE = "system:serviceaccount:kserve:kserve-controller-manager"
BELONGS = 'autoscaling annotations must be put under "spec.template.metadata.annotations" to work'


class Webhook:
    """Admits objects under the ConfigMaps as they are now."""

    def __init__(self, store: Store, faults: Faults) -> None:
        self._store = store
        self._faults = faults

    def admit(self, resource: Resource, obj: Obj, old: Obj | None) -> Obj:
        """Raises ApiError 400, as knative.dev/pkg's webhooks answer."""
        defaults = {**knative_template.DEFAULTS, **self._config("config-defaults")}
        if "template" in _parts(resource):
            knative_template.fill(obj["spec"].setdefault("template", {}), defaults)
        if "traffic" in _parts(resource):
            knative_traffic.fill(obj["spec"])
        if resource is not REVISIONS:
            _sign(obj, old)
        found = sorted(set(self._complaints(resource, obj, old, defaults)))
        if found:
            raise denied("\n".join(found))
        return obj

    def _config(self, name: str) -> dict[str, str]:
        config = self._store.find(CONFIG_MAPS, SYSTEM, name)
        data: dict[str, str] = (config or {}).get("data") or {}
        return data

    def _complaints(self, resource: Resource, obj: Obj, old: Obj | None, defaults: dict[str, str]) -> Iterator[str]:
        name, namespace = obj["metadata"]["name"], obj["metadata"]["namespace"]
        too_long = len(name) > LONGEST and not self._faults.fires("long-names-admitted", namespace)  # F388
        yield from _name(name, too_long=too_long)
        if resource is REVISIONS:
            yield from _revision(obj, old)
            return
        for key in annotations_of(obj):
            if key.startswith(GROUP):
                yield f'invalid key name "{key}": metadata.annotations\n{BELONGS}'
        if resource is not CONFIGURATIONS:
            yield from _whole_seconds(annotations_of(obj), "rollout-duration", "metadata.annotations.")
        yield from _signatures(obj, old)
        if "template" in _parts(resource):
            features, autoscaling = self._config("config-features"), self._config("config-autoscaler")
            template = obj["spec"]["template"]
            if template["spec"].get("nodeSelector") and self._faults.fires("feature-flag-ignored", namespace):  # F387
                features = {**features, knative_template.GUARDED["nodeSelector"]: "enabled"}
            yield from knative_template.complaints(template, obj["metadata"]["name"], defaults, features)
            annotations, path = (
                (template.get("metadata") or {}).get("annotations") or {},
                "spec.template.metadata.annotations",
            )
            yield from complaints(annotations, autoscaling, path)
            yield from _whole_seconds(annotations, "progress-deadline", f"{path}.")
            if old is not None:
                yield from knative_template.unnamed_change(template, old["spec"]["template"])
        if "traffic" in _parts(resource):
            yield from knative_traffic.complaints(obj["spec"].get("traffic") or (), in_service=resource is not ROUTES)


def denied(complaint: str, webhook: str = WEBHOOK) -> ApiError:
    message = f'admission webhook "{webhook}" denied the request: validation failed: {complaint}'
    return ApiError(400, "BadRequest", message)


def _parts(resource: Resource) -> tuple[str, ...]:
    if resource is CONFIGURATIONS:
        return ("template",)
    if resource is ROUTES:
        return ("traffic",)
    return () if resource is REVISIONS else ("template", "traffic")


def _sign(obj: Obj, old: Obj | None) -> None:
    """Who made it and who changed its specification last. Children of a Service have its annotations instead."""
    owners = {each["kind"] for each in obj["metadata"].get("ownerReferences") or ()}
    if "Service" in owners or (old is not None and old.get("spec") == obj.get("spec")):
        return
    user = KSERVE if "InferenceService" in owners else USER
    annotations = {**annotations_of(obj), LAST_MODIFIER: user}
    if old is None:
        annotations[CREATOR] = user
    obj["metadata"]["annotations"] = annotations


def _signatures(obj: Obj, old: Obj | None) -> Iterator[str]:
    owned = any(each["kind"] == "Service" for each in obj["metadata"].get("ownerReferences") or ())
    if old is None or owned:
        return
    before, after = annotations_of(old), annotations_of(obj)
    if before.get(CREATOR) != after.get(CREATOR):
        yield f"annotation value is immutable: metadata.annotations.{CREATOR}"
    if old.get("spec") == obj.get("spec") and before.get(LAST_MODIFIER) != after.get(LAST_MODIFIER):
        yield f"invalid value: {after.get(LAST_MODIFIER, '')}: metadata.annotations.{LAST_MODIFIER}"


def _revision(revision: Obj, old: Obj | None) -> Iterator[str]:
    name = labels_of(revision).get(SERVING + "configuration")
    owners = [(each["kind"], each["name"]) for each in revision["metadata"].get("ownerReferences") or ()]
    if name is not None and ("Configuration", name) not in owners:
        yield f"missing field(s): metadata.labels.{SERVING}configuration"
    if old is not None and old["spec"] != revision["spec"]:
        changes = knative_template.differences(old["spec"], revision["spec"], "{v1.RevisionSpec}")
        yield f"Immutable fields changed (-old +new): spec\n{changes}"


def _name(name: str, *, too_long: bool) -> Iterator[str]:
    problems = []
    if not re.fullmatch(SERVICE_LABEL, name):
        problems.append(SERVICE_RULE)
    if too_long:
        problems.append(f"must be no more than {LONGEST} characters")
    if problems:
        yield f"not a DNS 1035 label: [{' '.join(problems)}]: metadata.name"


def _whole_seconds(annotations: dict[str, str], name: str, path: str) -> Iterator[str]:
    """Of a duration that is an annotation of Knative's; `rolloutDuration` and so on are older spellings."""
    for key in (SERVING + name, SERVING + re.sub("-(.)", lambda found: found[1].upper(), name)):
        text = annotations.get(key)
        if not text:
            continue
        try:
            duration = seconds(text.removeprefix("-"))
        except ValueError:
            yield f"invalid value: {text}: {path}{key}"
            continue
        if duration != int(duration):
            yield f"{name}={text} is not at second precision: {path}{key}"
        elif text.startswith("-") and duration:
            yield f"{name}={text} must be positive: {path}{key}"
