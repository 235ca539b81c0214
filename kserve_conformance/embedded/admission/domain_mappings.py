"""Knative's webhook for DomainMappings (serving pkg/apis/serving/v1beta1/domainmapping_validation.go)."""

from __future__ import annotations

from collections.abc import Iterator

from kserve_conformance.embedded import errors
from kserve_conformance.embedded.admission.knative import denied
from kserve_conformance.embedded.admission.offered import WEBHOOK
from kserve_conformance.embedded.controllers.domain_mapping import TARGETS
from kserve_conformance.embedded.objects import Obj, is_terminating


def admit(mapping: Obj, _: Obj | None) -> Obj:
    """Raises ApiError 400; 403 for what the platform cannot do."""
    if is_terminating(mapping):
        return mapping
    ref = (mapping.get("spec") or {}).get("ref") or {}
    found = sorted(_complaints(mapping, ref))
    if found:
        raise denied("\n".join(found))
    if mapping["spec"].get("tls"):
        raise errors.denied(WEBHOOK, "the embedded platform does not offer TLS of domain mappings yet (spec.tls)")
    if (ref["apiVersion"], ref["kind"]) not in TARGETS:
        what = f"domain mappings to {ref['kind']} of {ref['apiVersion']}"
        raise errors.denied(WEBHOOK, f"the embedded platform does not offer {what} yet (spec.ref)")
    return mapping


def _complaints(mapping: Obj, ref: Obj) -> Iterator[str]:
    name, namespace = mapping["metadata"]["name"], mapping["metadata"]["namespace"]
    if name.endswith(".cluster.local"):
        yield f'invalid name "{name}": must not be a subdomain of cluster local domain "cluster.local": metadata.name'
    missing = [f"spec.ref.{field}" for field in ("apiVersion", "kind", "name") if not ref.get(field)]
    if missing:
        yield f"missing field(s): {', '.join(missing)}"
    if ref.get("namespace", namespace) != namespace:
        yield f'parent namespace: "{namespace}" does not match ref: "{ref["namespace"]}": spec.ref.namespace'
