"""kubectl, typed as people type it."""

from __future__ import annotations

from collections.abc import Callable

import pytest


@pytest.mark.row(client="kubectl", does="api-resources")
def test_api_resources(typed: Callable[[str], str]) -> None:
    assert "isvc" in typed("kubectl api-resources")
