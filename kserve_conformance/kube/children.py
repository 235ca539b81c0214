"""What KServe makes for a service by itself, which somebody with a right to it may delete or edit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kserve_conformance.kube.client import Kind, Obj
from kserve_conformance.kube.objects import condition, name_of, owners_of, uid_of
from kserve_conformance.kube.service import Service
from kserve_conformance.model import BrokenPromise


@dataclass(frozen=True)
class Child:
    """The object of one kind that a service owns, whichever it is at the moment of the call."""

    service: Service
    kind: Kind

    def uid(self) -> str:
        """Empty while there is none."""
        found = self._find()
        return uid_of(found) if found else ""

    def ready_uid(self) -> str:
        """Empty while there is none that says Ready."""
        found = self._find()
        return uid_of(found) if found and condition(found, "Ready").get("status") == "True" else ""

    def spec(self) -> Any:
        found = self._find()
        return found["spec"] if found else None

    def delete(self) -> str:
        """Its uid. Raises BrokenPromise when there is none."""
        found = self._get()
        self.service.client.delete(self.kind, name_of(found), self.service.namespace)
        return uid_of(found)

    def edit(self, spec: Obj) -> Any:
        """A merge patch of its specification, which is returned as stored. Raises BrokenPromise when there is none."""
        name, namespace = name_of(self._get()), self.service.namespace
        return self.service.client.patch(self.kind, name, namespace, {"spec": spec})["spec"]

    def _get(self) -> Obj:
        found = self._find()
        if found is None:
            raise BrokenPromise(expected=f"{self.service} to have made a {self.kind.name}", observed="there is none")
        return found

    def _find(self) -> Obj | None:
        owner = uid_of(self.service.get())
        for each in self.service.client.list(self.kind, self.service.namespace):
            if owner in owners_of(each) and "deletionTimestamp" not in each["metadata"]:
                return each
        return None
