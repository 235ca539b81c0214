"""What a test says about itself."""

from __future__ import annotations

import pytest

DOCUMENTED = (
    "requirement(*ids): the promises this test verifies, by their ids under manifests/requirements/",
    "slow: it or what it stands on takes more than five seconds, most of them for the platform's windows; begins early",
    "serial: changes what all services share; runs alone, on whatever worker",
    "disruptive: restarts components of the platform; runs only where --disruptive allows it",
)

slow = pytest.mark.slow
serial = pytest.mark.serial
disruptive = pytest.mark.disruptive


def requirement(*ids: str) -> pytest.MarkDecorator:
    """Name the requirements the decorated test verifies."""
    if not ids:
        raise TypeError('requirement() needs at least one id, such as "KC-LIFE-002"')
    return pytest.mark.requirement(*ids)


def requirements_of(item: pytest.Item) -> tuple[str, ...]:
    return tuple(name for mark in item.iter_markers("requirement") for name in mark.args)
