"""`python scripts/cluster.py` as `make cluster` calls it: exit codes, and what it says."""

from __future__ import annotations

import os
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from kserve_conformance.stacks import reach

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def command(stand_ins, tmp_path):
    """The stand-ins are all that is on the PATH."""
    tools = stand_ins("docker", "kind")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "scripts/cluster.py", *arguments],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    run.tools = tools
    return run


def test_what_is_missing_is_named_and_exits_with_10(command):
    done = command("create", "--stack", "tutorial")
    assert done.returncode == 10
    # kubectl is not among them: the one that `make setup` brings is found.
    assert done.stderr.startswith("cluster: not on the PATH: helm (https://helm.sh/docs/intro/install/), istioctl (")
    assert "kubectl" not in done.stderr
    assert "next: mend that, then run the same command again" in done.stderr


def test_an_unknown_stack_is_a_usage_error(command):
    done = command("create", "--stack", "newest")
    assert (done.returncode, done.stderr) == (
        4,
        "cluster: there is no stack 'newest'; the stacks are current, tutorial\n",
    )


def test_deleting_says_whether_there_was_one(command):
    assert command("delete").stdout == "kserve-conformance-current: there is no such cluster\n"
    command.tools.answer("kind get clusters", text="kserve-conformance-current")
    assert command("delete").stdout == "kserve-conformance-current: deleted\n"
    assert command.tools.calls[-1] == ["kind", "delete", "cluster", "--name", "kserve-conformance-current"]


class NotFound(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_error(404)

    def log_message(self, *_: object) -> None:
        """Nothing on the screen of the tests."""


def test_a_gateway_that_says_404_is_reached_and_a_closed_port_is_not():
    with HTTPServer(("127.0.0.1", 0), NotFound) as server:
        address = f"127.0.0.1:{server.server_port}"
        Thread(target=server.handle_request, daemon=True).start()
        assert reach.unreached(address) == ""
    assert "refused" in reach.unreached(address)
