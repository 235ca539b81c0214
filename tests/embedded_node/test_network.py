"""From inside a pod, names of the cluster lead to the cluster-local gateway."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from kserve_conformance.embedded.node.addresses import local_gateway, take_block

KNOWN = ("iris.team-a", "iris.team-a.svc.cluster.local")
JOINED = """
import asyncio, socket
from kserve_conformance.embedded.node import network
network.join("127.{block}.1.1")
"""


class Gateway(BaseHTTPRequestHandler):
    """Answers for known hosts, with the Host header; to Knative's probes with a hash."""

    def do_GET(self) -> None:
        host = self.headers["Host"].partition(":")[0]
        self.send_response(200 if host in KNOWN else 404)
        if host in KNOWN and self.headers["K-Network-Probe"] == "probe":
            self.send_header("K-Network-Hash", "abc")
        self.end_headers()
        self.wfile.write(host.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def block() -> Iterator[int]:
    number, holder = take_block()
    with holder, ThreadingHTTPServer(local_gateway(number), Gateway) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield number
        server.shutdown()


def inside(block: int, script: str) -> str:
    code = JOINED.format(block=block) + script
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("name", KNOWN)
def test_every_kind_of_client_reaches_the_gateway(block: int, name: str) -> None:
    script = f"""
import urllib.request
print(urllib.request.urlopen("http://{name}/x", timeout=5).read().decode())
import httpx
async def one():
    async with httpx.AsyncClient() as client:
        print((await client.get("http://{name}:80/x")).text)
asyncio.run(one())
import aiohttp
async def two():
    async with aiohttp.ClientSession() as session, session.get("http://{name}/x") as answer:
        print(await answer.text())
asyncio.run(two())
"""
    assert inside(block, script).splitlines() == [name] * 3


def test_a_name_that_is_not_served_does_not_exist(block: int) -> None:
    script = """
try:
    socket.getaddrinfo("gone.team-a.svc.cluster.local", 80)
except socket.gaierror as error:
    print(error.args[1])
"""
    assert inside(block, script) == "Name or service not known"


def test_other_names_and_addresses_are_left_alone(block: int) -> None:
    script = """
print(socket.getaddrinfo("localhost", 80, socket.AF_INET)[0][4][0])
print(socket.getaddrinfo("127.0.0.1", 80)[0][4][0])
"""
    assert inside(block, script).splitlines() == ["127.0.0.1", "127.0.0.1"]
