"""Facts about models and secrets: what satisfies them, and what does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kserve_conformance.checks import expect
from kserve_conformance.kube import kinds
from kserve_conformance.kube.client import Kind, KubeError, Obj
from kserve_conformance.kube.leaks import Leaks
from tests.checks.test_expect import PLAIN_503, sample

FIRST = sample({"model": "the first model"})

HOLDS: list[Callable[[], object]] = [
    lambda: expect.serves_model(FIRST, "the first model"),
    lambda: expect.kept_secret(Leaks((), pods=2), pods=2),
    lambda: expect.names_uri("No model found in gs://a.", "gs://a"),
]
BROKEN: list[Callable[[], object]] = [
    lambda: expect.serves_model(FIRST, "the second model"),
    lambda: expect.serves_model(sample({}), ""),
    lambda: expect.serves_model(PLAIN_503, "the first model"),
    lambda: expect.kept_secret(Leaks(("Pod/a",), pods=2), pods=2),
    lambda: expect.kept_secret(Leaks((), pods=1), pods=2),  # nothing was looked at
    lambda: expect.names_uri("", "gs://a"),
]


class OnePod:
    """As much of a client as the search for leaks needs: one pod, and one kind that is not served."""

    def __init__(self, *, value: str, log: str) -> None:
        container = {"name": "main", "env": [{"name": "A", "value": value}]}
        self._pod: Obj = {"metadata": {"name": "a"}, "spec": {"containers": [container]}}
        self._log = log

    def list(self, kind: Kind, _: str) -> list[Obj]:
        if kind == kinds.VIRTUAL_SERVICE:
            raise KubeError(404, "NotFound", "no such kind")
        return [self._pod] if kind == kinds.POD else []

    def text(self, *_: Any) -> str:
        return self._log


@pytest.mark.parametrize(
    ("value", "log", "places"),
    [
        ("public", "started", ()),
        ("s3cret", "started", ("Pod/a",)),
        ("czNjcmV0", "started", ("Pod/a",)),  # base64
        ("public", "using s3cret", ("log of a, container main",)),
    ],
)
def test_leaks_are_found_in_objects_and_logs(value: str, log: str, places: tuple[str, ...]) -> None:
    client: Any = OnePod(value=value, log=log)
    assert Leaks.of("s3cret", client, "namespace") == Leaks(places, pods=1)
