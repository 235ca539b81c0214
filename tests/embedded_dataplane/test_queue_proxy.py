"""The queue proxy, a real Envoy, behind an activator and asked directly."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from tests.embedded_dataplane.conftest import http_model
from tests.embedded_dataplane.standing import (
    USER_PORT,
    run,
    standing,
)


def test_more_than_the_queue_holds(tmp_path: Path, addresses: Iterator[str]) -> None:
    """Straight at the pod: the activator would have kept them back. One is with the model server before the others
    come: until its connection is made, Envoy counts it among those that wait."""

    async def test() -> None:
        limit = {"containerConcurrency": 1}
        async with standing(tmp_path, addresses, **limit) as setup, http_model(setup.pod, USER_PORT) as model:

            async def ask() -> tuple[int, str]:
                async with setup.session.get(f"http://{setup.pod}:{setup.port}/?sleep=0.3") as answer:
                    return answer.status, await answer.text() if answer.status != 200 else ""

            first = asyncio.create_task(ask())
            while not model.most:
                await asyncio.sleep(0.01)
            answers = [*await asyncio.gather(*(ask() for _ in range(19))), await first]
            assert answers.count((200, "")) == 11
            assert answers.count((503, "pending request queue full\n")) == 9
            assert model.most == 1

    run(test)


@pytest.mark.parametrize(("total", "whole"), [(True, False), (False, True)])
def test_what_the_timeout_limits(tmp_path: Path, addresses: Iterator[str], total: bool, whole: bool) -> None:
    """All of the response, or (Knative before 1.20) only its first byte."""

    async def test() -> None:
        standing_up = standing(tmp_path, addresses, total=total, timeoutSeconds=1)
        async with standing_up as setup, http_model(setup.pod, USER_PORT):
            url = f"http://{setup.pod}:{setup.port}"
            async with setup.session.get(f"{url}/?sleep=5") as answer:
                assert (answer.status, await answer.text()) == (504, "request timeout")
            async with setup.session.get(f"{url}/stream?gap=0.7") as answer:
                assert answer.status == 200
                if whole:
                    assert await answer.text() == "0\n1\n2\n"
                else:
                    with pytest.raises(aiohttp.ClientPayloadError):
                        await answer.text()

    run(test)


def test_a_stalled_response(tmp_path: Path, addresses: Iterator[str]) -> None:
    async def test() -> None:
        async with standing(tmp_path, addresses, idleTimeoutSeconds=1) as setup, http_model(setup.pod, USER_PORT):
            url = f"http://{setup.pod}:{setup.port}/?sleep=5"
            async with setup.session.get(url) as answer:
                assert (answer.status, await answer.text()) == (504, "request timeout")

    run(test)


def test_no_model_server_behind_the_queue_proxy(tmp_path: Path, addresses: Iterator[str]) -> None:
    async def test() -> None:
        async with standing(tmp_path, addresses) as setup:
            setup.become_ready()
            assert await setup.get() == (502, "dial tcp 127.0.0.1:8080: connect: connection refused\n")

    run(test)
