"""Defects in right answers of KServe's V1 protocol."""

from __future__ import annotations

from collections.abc import Callable

from kserve_conformance.embedded.runtimes.misbehaving.exchange import Exchange

STRUCTURED = b"application/cloudevents+json"
BATCH = 100  # rows; more of them are cut into pieces by some servers


def stale_model(exchange: Exchange) -> None:
    """As if another model, trained with other classes, had been loaded."""
    if exchange.is_v1 and "predictions" in exchange.said:
        exchange.say({"predictions": [_other(each) for each in exchange.said["predictions"]]})


def never_ready(exchange: Exchange) -> None:
    if exchange.is_v1 and "ready" in exchange.said:
        exchange.say({**exchange.said, "ready": False})


def root_not_alive(exchange: Exchange) -> None:
    if exchange.path == "/":
        exchange.say({"status": "starting"})


def nameless_list(exchange: Exchange) -> None:
    if exchange.path == "/v1/models":
        exchange.say({"models": []})


def pieces_out_of_order(exchange: Exchange) -> None:
    found = exchange.said.get("predictions") or []
    if exchange.is_v1 and len(found) > BATCH:
        exchange.say({"predictions": [*found[BATCH:], *found[:BATCH]]})


def event_answered_plainly(exchange: Exchange) -> None:
    """As if the request had been no CloudEvent in binary mode."""
    if exchange.is_v1 and b"ce-id" in exchange.asked_with:
        for name in [each for each in exchange.headers if each.startswith(b"ce-")]:
            del exchange.headers[name]


def event_answered_unpacked(exchange: Exchange) -> None:
    """What a CloudEvent in structured mode would have in it, without the event."""
    if exchange.is_v1 and exchange.asked_with.get(b"content-type") == STRUCTURED and "data" in exchange.said:
        exchange.say(exchange.said["data"])


def _other(prediction: object) -> object:
    if isinstance(prediction, list):
        return prediction[::-1]
    return (prediction + 1) % 3 if isinstance(prediction, int | float) else prediction


ACTS: dict[str, Callable[[Exchange], None]] = {
    "v1-stale-model": stale_model,
    "v1-never-ready": never_ready,
    "v1-nameless-list": nameless_list,
    "root-not-alive": root_not_alive,
    "v1-pieces-out-of-order": pieces_out_of_order,
    "event-answered-plainly": event_answered_plainly,
    "event-answered-unpacked": event_answered_unpacked,
}
