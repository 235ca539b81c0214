"""KServe's webhooks for runtimes (0.11): equal claims to a model format are refused.

kserve pkg/webhook/admission/servingruntime/servingruntime_webhook.go.
"""

from __future__ import annotations

from collections.abc import Iterator

from kserve_conformance.embedded import errors
from kserve_conformance.embedded.apiserver.resources import Resource
from kserve_conformance.embedded.apiserver.store import Store
from kserve_conformance.embedded.faults import Faults
from kserve_conformance.embedded.objects import Obj


class Validator:
    """Compares a runtime with those of its kind and namespace."""

    def __init__(self, store: Store, resource: Resource, faults: Faults) -> None:
        self._store = store
        self._resource = resource
        self._faults = faults

    def admit(self, runtime: Obj) -> Obj:
        """Raises ApiError 403."""
        complaint = None if runtime["spec"].get("disabled") else next(self._complaints(runtime), None)
        if complaint is not None:
            raise errors.denied(f"{self._resource.singular}.kserve-webhook-server.validator", complaint)
        return runtime

    def _complaints(self, runtime: Obj) -> Iterator[str]:
        meta, spec = runtime["metadata"], runtime["spec"]
        name, namespace = meta["name"], meta.get("namespace")
        for unequal in _unequal_priorities(spec):
            where = f"under the {self._resource.singular} {name}"
            yield f"different priorities assigned for the model format {unequal} {where}"
        for other in self._store.list(self._resource, namespace):
            if other["metadata"]["name"] == name or not _comparable(spec, other["spec"]):
                continue
            for claimed in _same_claims(spec, other["spec"]):
                if self._faults.fires("same-priority-accepted", namespace or ""):  # F277
                    continue
                where = f" in namespace {namespace}" if namespace else ""
                yield (
                    f"same priority assigned for the model format {claimed} in the {self._resource.plural} "
                    f"{other['metadata']['name']} and {name}{where}"
                )
        for container in spec.get("containers") or ():
            if any(each.get("name") == "PYTHONPATH" for each in container.get("env") or ()):
                yield (
                    f'the {self._resource.kind} "{name}" is invalid: setting PYTHONPATH in container '
                    f'"{container["name"]}" is not allowed for security reasons'
                )


def _unequal_priorities(spec: Obj) -> Iterator[str]:
    seen: dict[str, int | None] = {}
    for each in _claims(spec):
        first = seen.setdefault(each["name"], each.get("priority"))
        if first is not None and each.get("priority") not in (None, first):
            yield each["name"]


def _comparable(spec: Obj, other: Obj) -> bool:
    same_kind = bool(spec.get("multiModel")) == bool(other.get("multiModel"))
    shared = set(spec.get("protocolVersions") or ()) & set(other.get("protocolVersions") or ())
    return same_kind and not other.get("disabled") and bool(shared)


def _same_claims(spec: Obj, other: Obj) -> Iterator[str]:
    for theirs in _claims(other):
        for ours in _claims(spec):
            same = (ours["name"].lower(), ours.get("version")) == (theirs["name"].lower(), theirs.get("version"))
            if same and ours.get("priority") is not None and ours.get("priority") == theirs.get("priority"):
                yield ours["name"]


def _claims(spec: Obj) -> list[Obj]:
    return [each for each in spec.get("supportedModelFormats") or () if each.get("autoSelect")]
