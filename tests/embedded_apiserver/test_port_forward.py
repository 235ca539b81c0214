"""kubectl port-forward and the Python client against a pod that echoes."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from kubernetes import client, config
from kubernetes.stream import portforward

from kserve_conformance.embedded.apiserver.resources import PODS
from tests.embedded_apiserver.serving import KUBECTL, Served

LARGE = os.urandom(3 << 20)


@pytest.fixture
def echo(served: Served, namespace: str) -> Iterator[int]:
    """A pod "echo" in the namespace, and the port at which it sends back what it is sent."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
        writer.close()

    async def start() -> asyncio.Server:
        return await asyncio.start_server(handle, "127.0.0.1", 0)

    def create() -> None:
        body = {"containers": [{"name": "c", "image": "i"}]}
        pod = served.store.create(PODS, {"metadata": {"name": "echo", "namespace": namespace}, "spec": body})
        pod["status"] = {"phase": "Running", "podIP": "127.0.0.1"}
        served.store.update(PODS, pod, subresource="status")

    served.on_loop(create)
    server = asyncio.run_coroutine_threadsafe(start(), served.loop).result(5)
    yield server.sockets[0].getsockname()[1]
    served.on_loop(server.close)


@contextmanager
def forwarded(served: Served, namespace: str, port: int, *, websockets: bool) -> Iterator[int]:
    process = subprocess.Popen(
        [KUBECTL, "port-forward", "-n", namespace, "pod/echo", f":{port}"],
        env={**served.environment(), "KUBECTL_PORT_FORWARD_WEBSOCKETS": str(websockets).lower()},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    said = process.stdout.readline()
    assert said.startswith("Forwarding from 127.0.0.1:"), said
    try:
        yield int(said.split(":")[1].split()[0])
    finally:
        process.terminate()
        process.communicate(timeout=10)


def echoed(port: int, body: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        received = bytearray()
        for start in range(0, len(body), 1 << 18):
            part = body[start : start + (1 << 18)]
            connection.sendall(part)
            wanted = len(received) + len(part)
            while len(received) < wanted:
                data = connection.recv(1 << 16)
                assert data, "the connection ended early"
                received += data
    return bytes(received)


def tasks(served: Served) -> int:
    return served.on_loop(lambda: len(asyncio.all_tasks(served.loop)))


@pytest.mark.parametrize("websockets", [True, False])
def test_many_connections_with_large_bodies(served: Served, namespace: str, echo: int, websockets: bool) -> None:
    with forwarded(served, namespace, echo, websockets=websockets) as port, ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: echoed(port, LARGE) == LARGE, range(8))) == {True}


def test_nothing_is_left_of_a_thousand_connections(served: Served, namespace: str, echo: int) -> None:
    with forwarded(served, namespace, echo, websockets=True) as port:
        assert echoed(port, b"x") == b"x"
        before = tasks(served)
        with ThreadPoolExecutor(16) as pool:
            assert set(pool.map(lambda _: echoed(port, b"hello"), range(1000))) == {b"hello"}
        until_at_most(served, before)


def until_at_most(served: Served, wanted: int) -> None:
    async def wait() -> None:
        async with asyncio.timeout(15):
            while len(asyncio.all_tasks(served.loop)) > wanted + 1:  # this one
                await asyncio.sleep(0.01)

    asyncio.run_coroutine_threadsafe(wait(), served.loop).result(20)


def test_nothing_is_left_of_a_client_that_was_killed(served: Served, namespace: str, echo: int) -> None:
    before = tasks(served)
    with (
        forwarded(served, namespace, echo, websockets=False) as port,
        socket.create_connection(("127.0.0.1", port), timeout=10) as held,
    ):
        held.sendall(b"x")
        assert held.recv(1) == b"x"
        assert tasks(served) > before
    until_at_most(served, before)


def test_python_client(served: Served, namespace: str, echo: int) -> None:
    api = client.CoreV1Api(config.new_client_from_config(str(served.settings.kubeconfig)))
    forward = portforward(api.connect_get_namespaced_pod_portforward, "echo", namespace, ports=f"{echo},1")
    end = forward.socket(echo)
    end.settimeout(10)
    end.sendall(LARGE[:100_000])
    received = b""
    while len(received) < 100_000:
        received += end.recv(1 << 16)
    assert received == LARGE[:100_000]
    assert "dial tcp4 127.0.0.1:1: connect: connection refused" in forward.error(1)
    forward.close()


@pytest.mark.parametrize(
    ("headers", "says"),
    [
        ({}, "Upgrade request required"),
        ({"Upgrade": "SPDY/3.1", "Connection": "Upgrade"}, "unable to negotiate protocol"),
        ({"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Protocol": "x"}, "client supports [x]"),
    ],
)
def test_requests_that_cannot_be_upgraded(
    served: Served, namespace: str, echo: int, headers: dict[str, str], says: str
) -> None:
    assert echo
    answer = served.http.get(f"/api/v1/namespaces/{namespace}/pods/echo/portforward", headers=headers)
    assert (answer.status_code, says in answer.json()["message"]) == (400, True)


def test_a_pod_that_does_not_run(served: Served, namespace: str) -> None:
    body = {"containers": [{"name": "c", "image": "i"}]}
    served.on_loop(
        lambda: served.store.create(PODS, {"metadata": {"name": "new", "namespace": namespace}, "spec": body})
    )
    done = served.kubectl("port-forward", "-n", namespace, "pod/new", ":80")
    assert "unable to forward port because pod is not running. Current status=Pending" in done.stderr
