"""Host names of Standard mode, after `domainTemplate` (kserve reconcilers/ingress/domain.go)."""

from __future__ import annotations

import re
from typing import Any

from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.controllers import modes
from kserve_conformance.embedded.objects import Obj, annotations_of, labels_of

TEMPLATE = "{{ .Name }}-{{ .Namespace }}.{{ .IngressDomain }}"


def public_host(name: str, owner: Obj, store: Store) -> str:
    """`name` is the InferenceService's, or a component's."""
    config = modes.config(store, "ingress")
    values: dict[str, Any] = {
        "Name": name,
        "Namespace": owner["metadata"]["namespace"],
        "IngressDomain": config.get("ingressDomain") or "example.com",
    }

    def value(found: re.Match[str]) -> str:
        part, _, key = found.group(1).strip().removeprefix(".").partition(".")
        maps = {"Labels": labels_of(owner), "Annotations": annotations_of(owner)}
        return str(maps[part].get(key, "<no value>") if part in maps else values.get(part, ""))

    return re.sub(r"\{\{(.*?)\}\}", value, config.get("domainTemplate") or TEMPLATE)
