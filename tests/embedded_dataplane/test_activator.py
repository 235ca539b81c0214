"""The activator, a real Envoy with its gate, in front of a queue proxy, which is another."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import aiohttp
import grpc
import pytest

from kserve_conformance.embedded.objects import Key
from tests.embedded_dataplane.conftest import grpc_model, http_model
from tests.embedded_dataplane.standing import (
    HEADERS,
    NAMESPACE,
    REVISION,
    USER_PORT,
    WITHIN,
    Setup,
    run,
    standing,
)


def test_a_request_waits_for_a_pod(tmp_path: Path, addresses: Iterator[str]) -> None:
    async def test() -> None:
        async with standing(tmp_path, addresses) as setup, http_model(setup.pod, USER_PORT):
            asked = asyncio.create_task(setup.get("/v1/models"))
            async with asyncio.timeout(WITHIN):
                while not setup.sink.stats:
                    await asyncio.sleep(0.01)
            assert setup.sink.stats[0].revision == Key(NAMESPACE, REVISION)
            assert not asked.done()
            setup.become_ready()
            status, text = await asked
            assert status == 200
            headers = {name.lower(): value for name, value in json.loads(text)["headers"].items()}
            expected = {
                "host": "iris.example.com",
                "k-proxy-request": "activator",
                "x-forwarded-for": "127.0.0.1,127.0.0.1",
                "x-forwarded-proto": "http",
                "forwarded": "for=127.0.0.1;proto=http",
            }
            assert {name: headers.get(name) for name in expected} == expected
            assert [name for name in headers if name.startswith(("knative", "x-envoy", "k-b"))] == []

    run(test)


def test_an_unknown_revision(tmp_path: Path, addresses: Iterator[str]) -> None:
    async def test() -> None:
        async with standing(tmp_path, addresses) as setup:
            headers = {"Knative-Serving-Revision": "other"}
            why = 'Error getting active endpoint: revision.serving.knative.dev "other" not found\n'
            assert await setup.get(**headers) == (404, why)

    run(test)


def test_probes_are_answered_at_zero_and_wake_nobody(tmp_path: Path, addresses: Iterator[str]) -> None:
    async def test() -> None:
        async with standing(tmp_path, addresses) as setup:
            assert await setup.get(**{"K-Network-Probe": "activator"}) == (200, "activator")
            status, text = await setup.get(**{"K-Network-Probe": "queue"})
            assert (status, text) == (400, 'unexpected probe header value: "queue"\n')
            assert setup.sink.stats == []

    run(test)


@pytest.mark.parametrize("ready", [False, True])
def test_time_counts_from_arrival(tmp_path: Path, addresses: Iterator[str], ready: bool) -> None:
    async def test() -> None:
        limits = {"timeoutSeconds": 1}
        async with standing(tmp_path, addresses, **limits) as setup, http_model(setup.pod, USER_PORT):
            if ready:
                setup.become_ready()
            assert await setup.get("/?sleep=10") == (504, "activator request timeout")

    run(test)


def test_concurrency_is_a_hard_limit(tmp_path: Path, addresses: Iterator[str]) -> None:
    async def test() -> None:
        limit = {"containerConcurrency": 2}
        async with standing(tmp_path, addresses, **limit) as setup, http_model(setup.pod, USER_PORT) as model:
            setup.become_ready()
            answers = await asyncio.gather(*(setup.get("/?sleep=0.05") for _ in range(40)))
            assert {status for status, _ in answers} == {200}
            assert model.most == 2

    run(test)


def test_nothing_is_buffered_and_sockets_stay_open(tmp_path: Path, addresses: Iterator[str]) -> None:
    async def test() -> None:
        async with standing(tmp_path, addresses) as setup, http_model(setup.pod, USER_PORT):
            setup.become_ready()
            async with setup.session.get(f"{setup.url}/stream?gap=0.3", headers=HEADERS) as answer:
                assert await asyncio.wait_for(answer.content.readline(), 0.25) == b"0\n"
            async with setup.session.ws_connect(f"{setup.url}/ws", headers=HEADERS) as socket:
                await socket.send_str("hello")
                assert await socket.receive_str(timeout=WITHIN) == "hello"
            body = bytes(100 << 20)
            async with setup.session.post(setup.url, data=body, headers=HEADERS) as answer:
                assert (await answer.json())["size"] == len(body)

    run(test)


def test_grpc_through_both(tmp_path: Path, addresses: Iterator[str]) -> None:
    async def test() -> None:
        async with standing(tmp_path, addresses, h2c=True) as setup, grpc_model(setup.pod, USER_PORT):
            options = [("grpc.default_authority", "iris.example.com")]
            metadata = [(name.lower(), value) for name, value in HEADERS.items() if name != "Host"]
            async with grpc.aio.insecure_channel(f"{setup.activator}:8013", options=options) as channel:
                call = channel.stream_stream("/test.Echo/Echo")(metadata=metadata, timeout=WITHIN)
                await call.write(b"one")
                setup.become_ready()  # it was waiting
                assert await call.read() == b"one"
                await call.write(b"two")
                assert await call.read() == b"two"
                await call.done_writing()
                assert await call.code() == grpc.StatusCode.OK
                assert dict(await call.trailing_metadata())["last"] == "word"
                failing = channel.stream_stream("/test.Echo/Fail")(metadata=metadata, timeout=WITHIN)
                await failing.done_writing()
                assert await failing.code() == grpc.StatusCode.NOT_FOUND
                assert await failing.details() == "no such model"

    run(test)


def test_told_to_end_it_answers_first(tmp_path: Path, addresses: Iterator[str]) -> None:
    async def test() -> None:
        async with standing(tmp_path, addresses) as setup, http_model(setup.pod, USER_PORT):
            setup.become_ready()
            asked = asyncio.create_task(setup.get("/?sleep=0.5"))
            await _until(lambda: _inside(setup) == 1)
            setup.program.terminate()
            assert (await asked)[0] == 200
            assert await setup.program.wait() == 0

    run(test)


def test_killed_it_resets_what_it_holds(tmp_path: Path, addresses: Iterator[str]) -> None:
    async def test() -> None:
        async with standing(tmp_path, addresses) as setup:
            asked = asyncio.create_task(setup.get())
            await _until(lambda: _inside(setup) == 1)
            setup.program.kill()
            with pytest.raises(aiohttp.ClientConnectionError):
                await asked
            assert await setup.program.wait() == 137

    run(test)


def _inside(setup: Setup) -> int:
    return setup.program.requests


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN):
        while not condition():
            await asyncio.sleep(0.01)
