"""Which revisions are collected, from the rules of serving pkg/reconciler/gc/gc.go and pkg/gc/config.go."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from kserve_conformance.embedded.controllers.revision_gc import Settings, doomed, settings

NOW = datetime.datetime(2026, 1, 10, tzinfo=datetime.UTC)
HOUR = 3600.0


def revision(name: str, *, created: float, active: float | None = None) -> dict[str, Any]:
    """Hours before now."""

    def at(hours: float) -> str:
        return (NOW - datetime.timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")

    annotations = {"serving.knative.dev/routingStateModified": at(active)} if active is not None else {}
    return {"metadata": {"name": name, "creationTimestamp": at(created), "annotations": annotations}}


IDLE = [
    revision("young", created=1, active=0.5),
    revision("just-left", created=90, active=1),
    revision("old", created=90, active=20),
    revision("oldest", created=100, active=50),
]


@pytest.mark.parametrize(
    ("rules", "names"),
    [
        (Settings(least=0), ["oldest", "old"]),
        (Settings(least=3), ["oldest"]),
        (Settings(least=4), []),
        (Settings(), []),
        (Settings(least=0, most=1), ["oldest", "old", "just-left"]),
        (Settings(since_creation=None, since_active=None, least=0), []),
        (Settings(since_creation=None, since_active=None, least=0, most=2), ["oldest", "old"]),
        (Settings(since_creation=None, since_active=0.7 * HOUR, least=0), ["oldest", "old", "just-left"]),
        (Settings(since_creation=10 * HOUR, since_active=None, least=0), ["oldest", "old", "just-left"]),
        (Settings(since_creation=0, since_active=0, least=0, most=None), ["oldest", "old", "just-left", "young"]),
    ],
)
def test_doomed(rules, names):
    assert [each["metadata"]["name"] for each in doomed(IDLE, rules, NOW)] == names


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({}, Settings()),
        (
            {"retain-since-create-time": "disabled", "max-non-active-revisions": "Disabled"},
            Settings(since_creation=None, most=None),
        ),
        ({"min-non-active-revisions": "0", "max-non-active-revisions": "0"}, Settings(least=0, most=0)),
    ],
)
def test_settings(data, expected):
    assert settings(data) == expected


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        ({"min-non-active-revisions": "-1"}, r"must be non-negative, was: -1"),
        ({"max-non-active-revisions": "3"}, r"min-non-active-revisions\(20\) must be <= max-non-active-revisions\(3\)"),
        ({"retain-since-create-time": "soon"}, r"failed to parse retain-since-create-time"),
    ],
)
def test_wrong_settings(data, complaint):
    with pytest.raises(ValueError, match=complaint):
        settings(data)
