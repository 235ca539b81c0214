"""What a later run may delete of an earlier one, and what nobody may."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kserve_conformance.kube import ownership
from kserve_conformance.kube.client import KubeError
from kserve_conformance.kube.objects import RUN_LABEL

OLD = ownership.FORGOTTEN_AFTER + timedelta(minutes=1)


def namespace(name: str, *, age: timedelta = OLD, ours: bool = True, **metadata: Any) -> dict[str, Any]:
    created = (datetime.now(UTC) - age).isoformat(timespec="seconds")
    labels = {RUN_LABEL: "r"} if ours else {"team": "a"}
    return {"metadata": {"name": name, "creationTimestamp": created, "labels": labels, **metadata}}


class Recording:
    def __init__(self, *found: dict[str, Any], error: KubeError | None = None) -> None:
        self._found = found
        self._error = error
        self.deleted: list[str] = []

    def list(self, *_: Any, **__: Any) -> list[dict[str, Any]]:
        if self._error is not None:
            raise self._error
        return list(self._found)

    def delete(self, _: Any, name: str) -> None:
        self.deleted.append(name)


def test_only_old_namespaces_of_ours_go() -> None:
    client = Recording(
        namespace("forgotten"),
        namespace("of a run that goes on", age=timedelta(hours=1)),
        namespace("of somebody else", ours=False),
        namespace("kept", annotations={ownership.KEPT: "true"}),
        namespace("going", deletionTimestamp="2026-01-01T00:00:00Z"),
    )
    ownership.sweep_forgotten(client)  # type: ignore[arg-type]
    assert client.deleted == ["forgotten"]


def test_a_tenant_who_may_not_list_is_left_in_peace() -> None:
    ownership.sweep_forgotten(Recording(error=KubeError(403, "Forbidden", "no")))  # type: ignore[arg-type]
    with pytest.raises(KubeError):
        ownership.sweep_forgotten(Recording(error=KubeError(500, "InternalError", "no")))  # type: ignore[arg-type]
