"""Kubernetes quantities as plain numbers."""

from __future__ import annotations

import pytest

from kserve_conformance.kube.quantities import plain, resources_of


@pytest.mark.parametrize(
    ("quantity", "number"),
    [
        ("100m", "0.1"),
        ("0.1", "0.1"),
        ("1", "1"),
        ("1000m", "1"),
        ("1Gi", "1073741824"),
        ("1024Mi", "1073741824"),
        ("1k", "1000"),
        ("1e3", "1000"),
        ("1E", "1000000000000000000"),
        ("0", "0"),
    ],
)
def test_same_quantity_is_the_same_number(quantity: str, number: str) -> None:
    assert plain(quantity) == number


@pytest.mark.parametrize("quantity", ["", "m", "1 Gi", "1Gb"])
def test_anything_else_is_refused(quantity: str) -> None:
    with pytest.raises(LookupError):
        plain(quantity)


def test_processor_and_memory_are_read() -> None:
    container = {"resources": {"requests": {"cpu": "50m", "ephemeral-storage": "1Gi"}, "limits": {"memory": "1Ki"}}}
    assert resources_of(container) == {"requests": {"cpu": "0.05"}, "limits": {"memory": "1024"}}
    assert resources_of({}) == {}
