"""What tests share is bounded: the service that was asked for longest ago goes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from fixtures import services
from fixtures.services import Deploy, Shared
from kserve_conformance.kube.manifest import Fields
from kserve_conformance.kube.service import Service


class Client:
    def __init__(self) -> None:
        self.deleted: list[str] = []

    def delete(self, _kind: object, name: str, _namespace: str) -> None:
        self.deleted.append(name)


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> Shared:
    monkeypatch.setattr(services, "SHARED_AT_ONCE", 2)
    client, run = Client(), SimpleNamespace(keeps=False, services=[])
    run.stands_on = run.services.append
    factory: Any = Shared(client, "n", run, None, prefix="shared")  # type: ignore[arg-type]
    monkeypatch.setattr(
        Deploy, "__call__", lambda _, *, name: Service(client, Fields({}), name=name, namespace="n", labels={})
    )
    factory.client, factory.run = client, run
    return factory


def asked(shared: Any, *names: str) -> list[str]:
    """By one test; the names of services that went."""
    shared.run.services.clear()
    for name in names:
        shared(name=name)
    return shared.client.deleted


def test_who_was_asked_for_longest_ago_goes(shared: Shared) -> None:
    assert asked(shared, "a") == []
    assert asked(shared, "b") == []
    assert asked(shared, "a") == []
    assert asked(shared, "c") == ["b"]
    assert asked(shared, "a") == ["b"]


def test_what_the_current_test_stands_on_stays(shared: Shared) -> None:
    assert asked(shared, "a", "b", "c") == []
    assert asked(shared, "d") == ["a", "b"]


def test_what_is_to_be_kept_stays(shared: Any) -> None:
    shared.run.keeps = True
    assert asked(shared, "a") == asked(shared, "b") == asked(shared, "c") == []
