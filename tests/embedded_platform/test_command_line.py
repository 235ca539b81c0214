"""What cannot be done is said in one line."""

from __future__ import annotations

import socket
import subprocess
import sys


def test_a_busy_port_is_one_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "kserve_conformance.embedded", "up", "--gateway-port", str(port)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 10
    assert done.stdout == ""
    assert done.stderr == (
        f"embedded: port {port} of 127.0.0.1: Address already in use; choose another --gateway-port\n"
    )
