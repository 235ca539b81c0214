"""The README's client table says what the tests of clients say, no more and no less."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.clients.conftest import pytest_collection_modifyitems

ROOT = Path(__file__).parents[2]


def collected(name: str, stack: str | None, **row: Any) -> Any:
    return SimpleNamespace(
        nodeid=name,
        path=ROOT / "tests/clients/test_x.py",
        callspec=SimpleNamespace(params={"stack": stack} if stack else {}),
        get_closest_marker=lambda _: pytest.mark.row(**row).mark if row else None,
        add_marker=lambda _: None,
        user_properties=[],
    )


def test_readme_has_the_rows_that_are_tested() -> None:
    command = [sys.executable, str(ROOT / "scripts/clients.py"), "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"run: make clients\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ([collected("bare", "current")], r"bare: a test of a client needs @pytest\.mark\.row"),
        ([collected("loose", None, client="curl", does="x")], "loose: a test of a client needs"),
        ([collected(each, "current", client="curl", does="x") for each in ("one", "two")], "two: one is the same row"),
    ],
    ids=["no row", "no stack", "twice"],
)
def test_what_is_no_row_is_not_collected(items: list[Any], said: str) -> None:
    with pytest.raises(pytest.UsageError, match=said):
        pytest_collection_modifyitems(items)


def test_one_row_on_two_stacks_is_one_row() -> None:
    items = [collected(each, each, client="curl", does="x", refused=True) for each in ("tutorial", "current")]
    pytest_collection_modifyitems(items)
    assert [each.user_properties[0][1]["refused"] for each in items] == [True, True]
