"""Oddities that are right: another dress, another order, other words, the last digit."""

from __future__ import annotations

import gzip
import math
from collections.abc import Callable
from typing import Any

from kserve_conformance.embedded.runtimes.misbehaving.exchange import Exchange

NOISE = 1e-7


def other_http(exchange: Exchange) -> None:
    """In pieces, compressed where the client takes that, with headers nobody asked for."""
    exchange.headers[b"x-served-by"] = b"another proxy"
    exchange.headers[b"vary"] = b"accept-encoding"
    if exchange.answer and b"gzip" in exchange.asked_with.get(b"accept-encoding", b""):
        exchange.answer = gzip.compress(exchange.answer)
        exchange.headers[b"content-encoding"] = b"gzip"
    exchange.parts = 3


def v2_variety(exchange: Exchange) -> None:
    """Nested data, members that may be there, in another order."""
    content = exchange.said
    if exchange.path.endswith("/infer") and "outputs" in content:
        for each in content["outputs"]:
            each.update(data=_nested(each["data"], each["shape"]), parameters={"note": "more"})
        content["parameters"] = {"served_by": "another server"}
        exchange.say({name: content[name] for name in sorted(content, reverse=True)})


def float_noise(exchange: Exchange) -> None:
    content = exchange.said
    if exchange.predicts and exchange.status == 200:
        for each in content.get("outputs", ()):
            if each["datatype"].startswith("FP"):
                each["data"] = _noisy(each["data"])
        if "predictions" in content:
            content["predictions"] = _noisy(content["predictions"])
        exchange.say(content)


def other_wording(exchange: Exchange) -> None:
    """400 for 422, and other words; the class of the status and the presence of a text stay."""
    if exchange.status >= 400 and exchange.answer:
        status = 400 if exchange.status == 422 else exchange.status
        exchange.say({"error": "Das geht so nicht.", "status": status}, status=status)


def _nested(data: list[Any], shape: list[int]) -> list[Any]:
    if len(shape) <= 1:
        return data
    size = math.prod(shape[1:])
    return [_nested(data[start : start + size], shape[1:]) for start in range(0, len(data), size)]


def _noisy(value: Any) -> Any:
    if isinstance(value, list):
        return [_noisy(each) for each in value]
    return value * (1 + NOISE) if isinstance(value, float) else value


ACTS: dict[str, Callable[[Exchange], None]] = {
    "other-http-dress": other_http,
    "v2-legal-variety": v2_variety,
    "float-noise": float_noise,
    "other-wording": other_wording,
}
