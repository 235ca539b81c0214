"""Defects in how a question is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from kserve_conformance.embedded.runtimes.misbehaving.exchange import Exchange

MEGABYTE = 1 << 20
_EXPONENT = re.compile(rb"\d[eE][-+]?\d")


def any_content_type(exchange: Exchange) -> None:
    if exchange.predicts and exchange.is_v1:
        exchange.asked_with[b"content-type"] = b"application/json"


def plain_numbers_only(exchange: Exchange) -> None:
    if exchange.predicts and _EXPONENT.search(exchange.question):
        exchange.say({"error": "Unrecognized request format"}, status=400)


def small_questions_only(exchange: Exchange) -> None:
    if len(exchange.question) > MEGABYTE:
        exchange.say({"error": "Request body too large"}, status=413)


def instances_only(exchange: Exchange) -> None:
    if exchange.is_v1 and "inputs" in exchange.asked:
        exchange.say({"error": "'instances'"}, status=500)


def nested_only(exchange: Exchange) -> None:
    tensors = exchange.asked.get("inputs") or []
    if exchange.path.endswith("/infer") and any(_is_flat_matrix(each) for each in tensors):
        exchange.say({"error": "Input data and shape do not fit"}, status=400)


def json_only(exchange: Exchange) -> None:
    if b"inference-header-content-length" in exchange.asked_with:
        exchange.say({"error": "Unrecognized request format"}, status=400)


def arrays_only(exchange: Exchange) -> None:
    if (exchange.asked.get("parameters") or {}).get("content_type") == "pd":
        exchange.say({"error": "Unsupported content type 'pd'"}, status=400)


def _is_flat_matrix(tensor: Mapping[str, object]) -> bool:
    shape, data = tensor.get("shape"), tensor.get("data")
    return isinstance(shape, list) and len(shape) > 1 and isinstance(data, list) and not isinstance(data[0], list)


ACTS: dict[str, Callable[[Exchange], None]] = {
    "any-content-type": any_content_type,
    "plain-numbers-only": plain_numbers_only,
    "small-questions-only": small_questions_only,
    "instances-only": instances_only,
    "v2-nested-only": nested_only,
    "v2-json-only": json_only,
    "v2-arrays-only": arrays_only,
}
