"""Acts out the seeded defects and the oddities of model servers, for every server alike: on the way of its answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from kserve_conformance.embedded.runtimes import seeded
from kserve_conformance.embedded.runtimes.misbehaving import dress, errors, pairs, questions, v1, v2
from kserve_conformance.embedded.runtimes.misbehaving.exchange import Exchange
from kserve_conformance.embedded.runtimes.misbehaving.pairs import ErrorSpread, Swap

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

ASKED = questions.ACTS
ANSWERED = {**v1.ACTS, **v2.ACTS, **errors.ACTS, **dress.ACTS}
TOGETHER: dict[str, Callable[[], Callable[[Exchange], Awaitable[None]]]] = {
    "cross-talk": lambda: Swap(pairs.answers),
    "ids-swapped": lambda: Swap(pairs.ids),
    "error-spreads": ErrorSpread,
}


def add_to(app: Any) -> None:
    """Puts the defects that this container shall have, if any, around an application of Starlette's."""
    if knobs := seeded() & {*ASKED, *ANSWERED, *TOGETHER}:
        app.add_middleware(Misbehaving, knobs=knobs)


class Misbehaving:
    """An ASGI middleware that takes questions and answers whole."""

    def __init__(self, app: App, *, knobs: frozenset[str]) -> None:
        self._app = app
        self._asked = [ASKED[knob] for knob in sorted(knobs & set(ASKED))]
        self._answered = [ANSWERED[knob] for knob in sorted(knobs & set(ANSWERED))]
        self._together = [TOGETHER[knob]() for knob in sorted(knobs & set(TOGETHER))]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = Exchange(scope["method"], scope["path"], dict(scope["headers"]), await _whole(receive))
        for act in self._asked:
            act(exchange)
        if not exchange.status:
            await self._app({**scope, "headers": list(exchange.asked_with.items())}, *exchange.through(receive))
        for act in self._answered:
            act(exchange)
        for each in self._together:
            await each(exchange)
        for message in exchange.messages():
            await send(message)


async def _whole(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body
