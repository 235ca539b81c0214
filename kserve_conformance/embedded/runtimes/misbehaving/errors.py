"""Defects in how errors are answered."""

from __future__ import annotations

import os
from collections.abc import Callable

from kserve_conformance.embedded.runtimes.misbehaving.exchange import Exchange

HTML = b"<html><body><h1>Not Found</h1></body></html>"
NOT_UNDERSTOOD = (400, 422)  # what a body gets that is no prediction request at all


def as_success(exchange: Exchange) -> None:
    if exchange.predicts and exchange.status in NOT_UNDERSTOOD:
        exchange.status = 200


def as_html(exchange: Exchange) -> None:
    if exchange.status == 404:
        exchange.answer = HTML
        exchange.headers[b"content-type"] = b"text/html"


def unknown_model(exchange: Exchange) -> None:
    if exchange.predicts and exchange.status == 404:
        exchange.say({"error": "KeyError"}, status=500)


def malformed(exchange: Exchange) -> None:
    """The reader of JSON fails, and nobody says whose fault that is."""
    if exchange.predicts and exchange.status in NOT_UNDERSTOOD and not exchange.asked:
        exchange.say({"error": "JSONDecodeError"}, status=500)


def missing_part(exchange: Exchange) -> None:
    """Nothing asked is nothing predicted, and no error."""
    content = exchange.asked
    if exchange.predicts and content and not ("instances" in content or "inputs" in content):
        exchange.say({"predictions": []} if exchange.is_v1 else {"outputs": []}, status=200)


def crash(exchange: Exchange) -> None:
    """An instance that the model cannot take ends the process."""
    asked = exchange.asked.get("instances") or exchange.asked.get("inputs")
    is_json = exchange.asked_with.get(b"content-type") == b"application/json"
    if exchange.predicts and exchange.status >= 500 and asked and is_json:
        os._exit(1)


def crash_on_nothing(exchange: Exchange) -> None:
    """No instance at all ends it."""
    if exchange.predicts and exchange.asked.get("instances") == []:
        os._exit(1)


def unexplained(exchange: Exchange) -> None:
    if exchange.path.endswith(":explain"):
        exchange.say({"explanations": []}, status=200)


def no_list_accepted(exchange: Exchange) -> None:
    """A text is taken for as many instances as it has letters."""
    found = exchange.asked.get("instances")
    if exchange.predicts and isinstance(found, str):
        exchange.say({"predictions": [0] * len(found)}, status=200)


def as_plain_text(exchange: Exchange) -> None:
    if exchange.predicts and exchange.status >= 500:
        exchange.answer = b"Internal Server Error"
        exchange.headers[b"content-type"] = b"text/plain; charset=utf-8"


def one_status(exchange: Exchange) -> None:
    """Whatever a model raises is the server's own error."""
    if exchange.predicts and exchange.status >= 400 and "raises" in exchange.asked:
        exchange.status = 500


def any_path(exchange: Exchange) -> None:
    if exchange.status in (404, 405) and not exchange.predicts:
        exchange.say({"status": "alive"}, status=200)


ACTS: dict[str, Callable[[Exchange], None]] = {
    "error-as-200": as_success,
    "error-shape": as_html,
    "unknown-model-500": unknown_model,
    "malformed-json-500": malformed,
    "missing-part-accepted": missing_part,
    "malformed-json-crashes": crash,
    "no-instances-crash": crash_on_nothing,
    "unexplained": unexplained,
    "errors-of-one-status": one_status,
    "no-list-accepted": no_list_accepted,
    "model-error-plain": as_plain_text,
    "any-path": any_path,
}
