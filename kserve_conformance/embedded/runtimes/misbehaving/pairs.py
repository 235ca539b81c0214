"""Defects between two requests that are under way at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from kserve_conformance.embedded.runtimes.misbehaving.exchange import Exchange

WAIT = 0.05  # seconds for another answer; a request that is alone is only late


def answers(one: Exchange, other: Exchange) -> None:
    one.answer, other.answer = other.answer, one.answer


def ids(one: Exchange, other: Exchange) -> None:
    first, second = one.said, other.said
    if "id" in first and "id" in second:
        one.say({**first, "id": second["id"]})
        other.say({**second, "id": first["id"]})


class Swap:
    """Two predictions that are ready at about the same time take something from each other."""

    def __init__(self, take: Callable[[Exchange, Exchange], None]) -> None:
        self._take = take
        self._waiting: tuple[Exchange, asyncio.Event] | None = None

    async def __call__(self, exchange: Exchange) -> None:
        if not exchange.predicts or exchange.status != 200:
            return
        if self._waiting is not None:
            (other, met), self._waiting = self._waiting, None
            self._take(exchange, other)
            met.set()
            return
        met = asyncio.Event()
        self._waiting = (exchange, met)
        try:
            await asyncio.wait_for(met.wait(), WAIT)
        except TimeoutError:
            self._waiting = None


class ErrorSpread:
    """What was answered with an error takes the next prediction down with it."""

    def __init__(self) -> None:
        self._error: Exchange | None = None

    async def __call__(self, exchange: Exchange) -> None:
        if not exchange.predicts:
            return
        before, self._error = self._error, exchange if exchange.status >= 400 else None
        if before is not None and exchange.status == 200:
            exchange.status, exchange.answer = before.status, before.answer
