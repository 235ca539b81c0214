"""Starting and stopping."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import httpx
import pytest


def test_it_stops_at_once_while_somebody_watches(serve: Any, tmp_path: Path) -> None:
    with serve(tmp_path) as served, served.http.stream("GET", "/api/v1/namespaces", params={"watch": "1"}) as watch:
        assert next(watch.iter_lines())
        began = time.monotonic()
        served.stop()
        assert time.monotonic() - began < 1
        with pytest.raises(httpx.TransportError):
            served.http.get("/readyz")
        assert served.store.watchers == 0


def test_nobody_else_can_read_the_credentials(served: Any) -> None:
    files = [served.settings.kubeconfig, served.settings.run_dir / "server.key"]
    assert [oct(each.stat().st_mode & 0o777) for each in files] == ["0o600", "0o600"]
